// A stackful fiber: plain blocking code that can be left in the middle and taken up again later.
#pragma once

#include <functional>
#include <memory>

namespace fencepost {

/// Runs `body` on a stack of its own. Only its owner resumes it; only code on it suspends it. The
/// state of C++ exceptions in flight travels with it, so that code may suspend inside a destructor
/// during unwinding (libpqxx does).
class Fiber {
 public:
  /// `body` must not let an exception out.
  explicit Fiber(std::function<void()> body);
  /// The body must have finished, or never have been resumed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the body until it suspends or finishes.
  void resume();
  /// On the fiber: gives control back to whoever resumed it.
  void suspend();
  bool finished() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
