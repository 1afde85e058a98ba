// Cores of this machine, dealt out among everything of ours that runs on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fencepost {

/// The cores this process may use; never empty.
std::vector<int> usable_cores();

/// One of the cores this process may use, taken until this goes or the process ends, however it
/// ends. Who comes next, in this process or another and of whichever user, gets another one; when
/// all are taken, one that has the fewest. Only those of the same `group` know of each other.
class TakenCore {
 public:
  explicit TakenCore(const std::string& group = "fencepost");
  ~TakenCore();
  TakenCore(const TakenCore&) = delete;
  TakenCore& operator=(const TakenCore&) = delete;

  /// nullopt where cores can't be taken.
  std::optional<int> number() const { return number_; }

 private:
  std::optional<int> number_;
  int lock_ = -1;
};

}  // namespace fencepost
