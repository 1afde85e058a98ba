#include "sim/worker/fiber.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/fixtures/catch.hpp"

using fencepost::Fiber;

TEST_CASE("fiber: it goes on where it suspended", "[sim]") {
  std::string trace;
  Fiber* self = nullptr;
  Fiber fiber([&] {
    trace += "a";
    self->suspend();
    trace += "b";
  });
  self = &fiber;
  fiber.resume();
  trace += "-";
  CHECK_FALSE(fiber.finished());
  fiber.resume();
  CHECK(fiber.finished());
  CHECK(trace == "a-b");
}

TEST_CASE("fiber: exceptions in flight stay with their fiber", "[sim]") {
  struct SuspendsInDestructor {
    Fiber*& fiber;
    ~SuspendsInDestructor() { fiber->suspend(); }
  };
  std::vector<std::string> caught;
  std::vector<Fiber*> selves(2, nullptr);
  const auto body = [&](std::size_t i) {
    return [&, i] {
      try {
        const SuspendsInDestructor guard{selves[i]};
        throw std::runtime_error("fiber " + std::to_string(i));
      } catch (const std::runtime_error& e) {
        selves[i]->suspend();
        caught.emplace_back(e.what());
      }
    };
  };
  Fiber first(body(0));
  Fiber second(body(1));
  selves = {&first, &second};
  first.resume();
  second.resume();
  CHECK(std::uncaught_exceptions() == 0);
  second.resume();
  first.resume();
  first.resume();
  second.resume();
  CHECK(first.finished());
  CHECK(second.finished());
  CHECK(caught == std::vector<std::string>{"fiber 0", "fiber 1"});
}

TEST_CASE("fiber: one that never ran is simply dropped", "[sim]") {
  bool ran = false;
  {
    Fiber fiber([&] { ran = true; });
  }
  CHECK_FALSE(ran);
}
