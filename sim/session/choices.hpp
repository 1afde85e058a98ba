// The one source of nondeterminism: everything that could go either way asks Choices.
//
// A choice is known by who stood before it, which kind it is, and how often that one stood before
// such a choice: not by its place in one long list. So taking one answer out leaves the meaning
// of all others in place, and a fault that does not fire shifts nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/time.hpp"
#include "sim/input/length.hpp"
#include "sim/session/idling.hpp"

namespace fencepost {

/// How far to run: after this step the run ends, as "cut at" (0: to the end).
struct Until {
  int step = 0;
};

/// One decision to be made.
struct ChoicePoint {
  std::string
      kind;  ///< "next", "start", "slow", "slow.lasts", or a fault: "stall", "stall.lasts", …
  std::string who;  ///< "w1", "w1/beat"; for "next": whoever ran last, "gate" for a session at its
                    ///< barrier (a word of saved tapes), "time" after time moved
  std::int64_t ordinal = 0;  ///< how often `who` stood at this kind of point before, from 0
  std::string where;  ///< for people: the boundary or statement at hand; not part of the identity
};

/// What can be chosen. values[0] is the quiet answer. `odds`: how likely any other answer is at
/// all, where the one who asks knows that (faults, load); without them all answers are alike, and a
/// schedule ("next") leaves it to the strategy.
struct Alternatives {
  std::vector<std::int64_t> values;
  std::optional<Chance> odds{};
  bool open = false;  ///< a replayed value that is not among `values` is taken too (durations)
  std::vector<std::string> names{};  ///< what each value stands for, where tapes are to hold that
                                     ///< instead ("next")
  std::size_t declared = 0;  ///< every second draw is one of the first so many (lengths as they
                             ///< were written), the other one of all
  bool in_vain = false;      ///< a fault here would take nothing from anybody: none is aimed at it
  bool as_given = false;     ///< the odds are meant for this place: no strategy has others
  bool begins = false;       ///< of a fault: a transaction is about to begin here
  std::optional<std::int64_t> expires_in{};  ///< of a length: until what it befalls is lost, where
                                             ///< that is known
};

/// The only source of nondeterminism: whatever could go either way asks here.
class Choices {
 public:
  virtual ~Choices() = default;
  /// One of the values (or any duration where open). Never throws; same points, same answers.
  virtual std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) = 0;
  /// The history is played again from its beginning: as if nothing had been asked yet.
  virtual void rewind() = 0;
};

/// Who stands before choices: its name, and how often it stood before each kind.
class Asker {
 public:
  explicit Asker(std::string name) { point_.who = std::move(name); }
  const std::string& name() const { return point_.who; }
  /// Asks for the next of its choices of that kind.
  std::int64_t choose(Choices& choices, std::string_view kind, std::string_view where,
                      const Alternatives& alternatives);
  /// Stands before a choice of that kind which can't be made: counted, so that whether it can does
  /// not renumber the others.
  void pass_by(std::string_view kind) { ++times(kind); }
  /// The same so often for each of these kinds, so many times.
  void pass_by(const Stood& stood, std::int64_t times) {
    for (const auto& [kind, often] : stood) stood_[kind] += often * times;
  }
  /// How often it stood before each kind so far.
  const Stood& stood() const { return stood_; }
  /// Asks for what belongs to the last choice of that kind, under the same number: of "stall" its
  /// "lasts". Taking out another one does not renumber it.
  std::int64_t choose_part(Choices& choices, std::string_view kind, std::string_view part,
                           std::string_view where, const Alternatives& alternatives);

 private:
  std::int64_t& times(std::string_view kind);

  ChoicePoint point_;  ///< the last one: the next finds room for its words in it
  Stood stood_;
};

/// What a length is chosen from: the given ones, which come first and are drawn every second time,
/// and just before, at and just after each deadline that is still to come and the end of a lease
/// that began now. Bugs of expiry live at those boundaries. Never empty, nothing twice, nothing
/// negative.
Alternatives lengths_aimed_at(const std::vector<Instant>& deadlines,
                              const std::vector<Length>& lengths, const Declared& declared,
                              Instant now);
/// How long a worker sleeps until its next poll: as usual, which comes first, or less, so that a
/// statement that runs so many ticks behind its waking runs just before, at or just after one of
/// these instants. Nothing twice.
std::vector<std::int64_t> polls_aimed_at(const std::vector<Instant>& instants,
                                         const std::vector<Duration>& ticks, Duration usual,
                                         Instant now);
/// What a jump of the server's clock is chosen from: the given ones, and to just before, at and
/// just after each of these ends that it does not show yet; drawn as lengths are.
Alternatives jumps_aimed_at(const std::vector<Instant>& ends, const std::vector<Length>& lengths,
                            const Declared& declared, Instant shown);

}  // namespace fencepost
