// Histories of a protocol and of the same repaired, compared: what is violated no more, and whether
// as much comes about and is judged as before.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/properties/tally.hpp"

namespace fencepost {

/// A scenario, by its number among a subject's, and a seed.
using HistoryPlace = std::pair<std::size_t, std::uint64_t>;

/// What some histories came to.
struct Sample {
  std::map<HistoryPlace, std::set<std::string>> violated;  ///< full names, by each history
  /// By scenario: of all histories, and of those that violate nothing.
  std::map<std::size_t, Tally> tallies, good;
  /// By each history, of each statement: how often it came to any row.
  std::map<HistoryPlace, std::map<std::string, int>> found_rows;

  void add(HistoryPlace at, const std::string& scenario, const History& history);
  /// Adds what other histories came to.
  void merge(const Sample& other);
  /// All full names.
  std::set<std::string> rows() const;
  /// How many histories were cut, so that whatever is to go on was not judged in them.
  int cut() const;
  int histories() const { return static_cast<int>(violated.size()); }
};

/// Of the histories that violate something, as few as show each row this often, as far as there are
/// so many.
std::vector<HistoryPlace> telling(const Sample& sample, int often);

/// What comes about or is judged less in the same histories of a repaired protocol, a sentence
/// each: jobs that succeed, statements that come to no row any more; and of what histories reach
/// and judge that violate nothing, which situations are reached no more, which properties are
/// judged, and which statements come to rows seldom. What a failing history reaches may be its failure.
std::vector<std::string> lost_by(const Sample& before, const Sample& after);

}  // namespace fencepost
