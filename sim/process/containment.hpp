// Where code of others runs: a protocol's SQL can be anything, and its server is kept from doing
// harm by the kernel, without privileges. Means that a kernel does not have are left out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fencepost {

/// What holds for a process, for all that it starts, and for good: it opens Unix sockets only and
/// connects to nobody, writes below some folders and into /dev/null only, sends signals to nobody
/// outside, and gets no privileges and no namespaces of its own.
class Containment {
 public:
  /// Prepared before a fork, of the folders that may be written in.
  explicit Containment(const std::vector<std::filesystem::path>& writes_in);
  ~Containment();
  Containment(const Containment&) = delete;
  Containment& operator=(const Containment&) = delete;

  /// Contains the calling process. Safe between fork and exec of a program with threads.
  void begin() const;

 private:
  int rules_ = -1;  ///< of Landlock; -1 where the kernel has none
};

/// Something that a contained process can do on this machine all the same.
struct Gap {
  std::string what;    ///< "write wherever its user may (the kernel has no Landlock, …)"
  bool grave = false;  ///< whoever runs a protocol should know, without having asked
};
/// All of them, tried out by a process.
std::vector<Gap> not_contained();

}  // namespace fencepost
