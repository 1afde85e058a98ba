// What became of the mutants that one machine of several tried.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sim/killing/killing.hpp"
#include "sim/text/fields_json.hpp"

namespace fencepost {

/// A mutant that was tried; see MutantFate.
struct TriedMutant {
  int mutant = 0;  ///< its place among those that the label asks for
  Became became = Became::not_tried;
  std::string property{};
  std::string scenario{};
  std::uint64_t seed = 0;
  int histories = 0;
  std::int64_t milliseconds = 0;
  std::string why{};
  bool operator==(const TriedMutant&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("mutant", self.mutant, Written::always);
    visit("became", self.became, Written::always);
    visit("property", self.property, Written::unless_usual);
    visit("scenario", self.scenario, Written::unless_usual);
    visit("seed", self.seed, Written::unless_usual);
    visit("histories", self.histories, Written::always);
    visit("milliseconds", self.milliseconds, Written::always);
    visit("why", self.why, Written::unless_usual);
  }
};

/// Those of one protocol, in their order, and what the protocol itself violates.
struct TriedMutants {
  std::set<std::string> violated;
  std::vector<TriedMutant> mutants;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("violated", self.violated, Written::always);
    visit("mutants", self.mutants, Written::always);
  }
};
/// A list with a line for each. Reading throws InputError with file and line.
std::string json_of(const std::vector<TriedMutant>& mutants);
void read_json(const JsonField& field, std::vector<TriedMutant>& into);

/// What of it was tried here: the rest is another machine's, or proved.
TriedMutants tried_of(const Killing& killing);
/// Those of another machine go among these.
void add_tried(TriedMutants& into, const TriedMutants& more);
/// What became of all: `untried`, and what was tried. Throws InputError where there are fewer
/// mutants than were tried.
Killing with_tried(Killing untried, const TriedMutants& tried);

}  // namespace fencepost
