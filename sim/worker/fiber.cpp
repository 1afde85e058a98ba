#include "sim/worker/fiber.hpp"

#include <cxxabi.h>

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <utility>

#include "sim/text/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace fencepost {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

/// The Itanium C++ ABI's per-thread record of exceptions in flight; it has to stay with the stack
/// it belongs to.
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

void swap_exception_globals(ExceptionGlobals& saved) {
  auto* live = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
  std::swap(*live, saved);
}

/// Tells AddressSanitizer which stack runs now; nothing in other builds.
struct StackSwitch {
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  std::size_t size = 0;

  void leave([[maybe_unused]] const StackSwitch& target, [[maybe_unused]] void** save) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(save, target.bottom, target.size);
#endif
  }
  void arrive([[maybe_unused]] void* saved, [[maybe_unused]] StackSwitch* from) {
#if defined(__SANITIZE_ADDRESS__)
    const void* from_bottom = nullptr;
    std::size_t from_size = 0;
    __sanitizer_finish_switch_fiber(saved, &from_bottom, &from_size);
    if (from != nullptr) {
      from->bottom = from_bottom;
      from->size = from_size;
    }
#endif
  }
};

}  // namespace

struct Fiber::State {
  std::function<void()> body;
  boost::context::fiber inside;
  boost::context::fiber outside;
  ExceptionGlobals parked;
  StackSwitch own;
  StackSwitch owner;
  bool started = false;
  bool finished = false;
};

Fiber::Fiber(std::function<void()> body) : state_(std::make_unique<State>()) {
  State* state = state_.get();
  state->body = std::move(body);
  boost::context::fixedsize_stack allocator(kStackBytes);
  const boost::context::stack_context stack = allocator.allocate();
  state->own.bottom = static_cast<char*>(stack.sp) - stack.size;
  state->own.size = stack.size;
  state->inside = boost::context::fiber(std::allocator_arg,
                                        boost::context::preallocated(stack.sp, stack.size, stack),
                                        allocator, [state](boost::context::fiber&& caller) {
                                          state->own.arrive(nullptr, &state->owner);
                                          state->outside = std::move(caller);
                                          state->body();
                                          state->finished = true;
                                          state->own.leave(state->owner, nullptr);
                                          return std::move(state->outside);
                                        });
}

Fiber::~Fiber() = default;

void Fiber::resume() {
  SIM_CHECK(!state_->finished, "a finished fiber was resumed");
  state_->started = true;
  swap_exception_globals(state_->parked);
  void* fake_stack = nullptr;
  state_->owner.leave(state_->own, &fake_stack);
  state_->inside = std::move(state_->inside).resume();
  state_->owner.arrive(fake_stack, nullptr);
  swap_exception_globals(state_->parked);
}

void Fiber::suspend() {
  void* fake_stack = nullptr;
  state_->own.leave(state_->owner, &fake_stack);
  state_->outside = std::move(state_->outside).resume();
  state_->own.arrive(fake_stack, &state_->owner);
}

bool Fiber::finished() const { return state_->finished; }

}  // namespace fencepost
