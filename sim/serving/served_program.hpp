// A program of the user's that runs beside a server for it: where he is, with his terminal and
// environment.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fencepost {

/// Ends with us, whatever happens.
class ServedProgram {
 public:
  /// Found as a shell finds it; the environment is ours and these. Throws InputError where it can't
  /// be started.
  ServedProgram(const std::vector<std::string>& arguments,
                const std::vector<std::pair<std::string, std::string>>& environment);
  /// Kills it where it still runs.
  ~ServedProgram();
  ServedProgram(const ServedProgram&) = delete;
  ServedProgram& operator=(const ServedProgram&) = delete;

  /// Its exit status, as a shell has it: 128 and more where a signal ended it; nullopt: it runs.
  std::optional<int> status();
  void signal(int number) const;

 private:
  pid_t pid_ = -1;  ///< -1: it has ended
  int status_ = 0;
};

}  // namespace fencepost
