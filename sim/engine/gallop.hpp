// Time that gallops: polls of which it is known what they would find are not played.
//
// Where everybody only polls, and finds the same nothing again and again, the next polls are left
// out, up to the last one of each before anything that is known to come. Emptiness may end at a
// time that nothing shows. So the first polls behind a leap only probe; if one of them finds
// something, the leap went too far, and the history, which is a pure function of its choices, is
// played again with half of it: until the first poll that can find something is the one that does.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "sim/engine/fleet.hpp"

namespace fencepost {

/// All tries of one history, and its choices in each of them. What is asked between a leap and its
/// proof is answered quietly: so whether a leap went too far does not hang on choices that are no
/// part of the history in the end.
class Tries : public Choices {
 public:
  /// Borrows the choices.
  explicit Tries(Choices& inner) : inner_(inner) {}
  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override;
  void rewind() override;

  /// To where a leap may go that wants to go there: as far as in the try before, or half of the way
  /// to where that one found something.
  Instant target(Instant now, Instant wanted);
  /// The last target was leapt to. Precondition: there is one, and no leap waits for its proof.
  void leapt();
  /// The first polls behind the leap found nothing, or something. Precondition: it waits for that.
  void landed();
  void went_too_far();
  /// Whether a leap waits for its proof.
  bool landing() const { return landing_; }
  bool too_far() const { return too_far_; }
  /// This try had so many steps. True when the history is to be played again.
  bool again(int steps);
  /// Of all tries before this one.
  int steps() const { return steps_; }

 private:
  Choices& inner_;
  std::vector<Instant> targets_;  ///< of each leap that was thought of; those of the try before are
                                  ///< kept up to the one that went too far
  std::size_t next_ = 0;
  std::optional<Instant> too_late_;  ///< where that one found something
  bool landing_ = false;
  bool too_far_ = false;
  int steps_ = 0;
};

/// The leaps of one try.
class Gallop {
 public:
  /// Borrows all of them.
  Gallop(const World& world, Tries& tries, Journal& journal, Fleet& fleet);
  /// Those over whose polls time may gallop now.
  std::set<const Task*> pollers();
  /// Leaves out polls of these, up to `next`, which is the next thing that is known to come.
  void leap(const std::set<const Task*>& pollers, std::optional<Instant> next);
  /// Looks whether the last leap is proved, or went too far.
  void look();

 private:
  struct Probe {
    Task* task = nullptr;
    Instant wakes{};  ///< from when it probes
    int rounds = 0;   ///< equal ones before
    bool needed = false;
  };
  bool polls(const Task& task) const;
  std::optional<Instant> next_shown() const;

  const World& world_;
  Tries& tries_;
  const Journal& journal_;
  Fleet& fleet_;
  std::vector<Probe> probes_;
  std::optional<Instant> coming_;  ///< the next thing that was known to come
  Instant stopped_{};              ///< the last one of these that came
};

}  // namespace fencepost
