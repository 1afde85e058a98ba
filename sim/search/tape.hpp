// What deviated from a quiet run, written down and taken up again: the run's identity, together
// with protocol and scenario.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "sim/session/choices.hpp"

namespace fencepost {

/// One answer that was not the quiet one.
struct Deviation {
  ChoicePoint point;
  std::int64_t value = 0;
  std::string name{};   ///< where alternatives have names: that of the answer, instead of a value
  std::string alike{};  ///< of a fault: what may last instead, as far as tried ("anything longer")
  bool operator==(const Deviation& other) const {
    return point.kind == other.point.kind && point.who == other.point.who &&
           point.ordinal == other.point.ordinal && value == other.value && name == other.name &&
           alike == other.alike;
  }

  /// All but the answer, whose form depends on the kind of choice.
  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("who", self.point.who, Written::always);
    visit("kind", self.point.kind, Written::always);
    visit("nth", self.point.ordinal, Written::always);
    visit("at", self.point.where, Written::always);
    visit("alike", self.alike, Written::unless_usual);
  }
};
/// All deviations of a run, in the order in which they were made. Any list of deviations is a tape
/// of some run.
using Tape = std::vector<Deviation>;

/// Answers from a tape; everything else quiet.
class TapeChoices : public Choices {
 public:
  explicit TapeChoices(const Tape& tape);
  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override;
  void rewind() override;
  /// Why the tape no longer fits this run, as one sentence that names the deviation; empty when all
  /// of it was used as it was written: asked for, at the same `where`, with its value offered.
  std::string misfit() const;

 private:
  struct Entry {
    Deviation deviation;
    int used = 0;
    std::string found_where;
    std::string offered;  ///< what could be chosen instead, where its value could not
  };
  std::map<std::string, Entry> entries_;
  std::vector<std::string> order_;
};

/// Passes every question on and writes down the answers that were not quiet.
class RecordingChoices : public Choices {
 public:
  explicit RecordingChoices(Choices& inner) : inner_(inner) {}
  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override;
  void rewind() override;
  const Tape& tape() const { return tape_; }
  /// Every open choice with its answer, quiet or not: how long what happened lasted.
  const Tape& lengths() const { return lengths_; }

 private:
  Choices& inner_;
  Tape tape_;
  Tape lengths_;
};

}  // namespace fencepost
