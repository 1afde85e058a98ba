// Whether one worker's rounds come to nothing, one like the other: such rounds need not be played,
// because it is known what they would do.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/time.hpp"

namespace fencepost {

/// How often somebody stood before each kind of choice.
using Stood = std::map<std::string, std::int64_t, std::less<>>;

/// What a round came to: it committed or believed something, or nothing.
enum class Round { acted, idle };

/// The rounds of one process, as far as they are alike.
class Idling {
 public:
  /// Its program did this in this round, and that came of it.
  void see(std::string_view what, Instant now);
  /// The round is over, and whoever it is has stood so often before choices.
  void end_round(Round round, Instant now, const Stood& stood);
  /// So many rounds like the last one have passed, which nobody played.
  void skip(std::int64_t rounds);

  /// How many rounds in a row came to the same nothing, in the same time; 0: the last one did not.
  int rounds() const { return rounds_; }
  /// Since when they do.
  Instant since() const { return since_; }
  /// How long one takes, from end to end.
  Duration period() const { return period_; }
  /// How often it stands before each kind of choice in one.
  const Stood& stood_in_round() const { return stood_in_round_; }
  /// When it did anything last.
  Instant latest() const { return latest_; }
  /// It has done nothing yet in this round.
  bool at_beginning() const { return steps_ == 0; }
  /// It has done in this round what it did in the last one.
  bool at_end() const { return steps_ == usual_steps_ && seen_ == usual_; }
  /// It does more in this round than it did in the last one.
  bool strays() const { return steps_ > usual_steps_; }

 private:
  std::uint64_t seen_ = 0, usual_ = 0;  ///< of all it did in this round, and in the last one
  int steps_ = 0, usual_steps_ = 0;
  int rounds_ = 0;
  Instant since_{}, ended_{}, latest_{};
  Duration period_{};
  Stood stood_, stood_in_round_;
};

}  // namespace fencepost
