#include "model/story.hpp"

#include "model/schedule.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

using namespace std::chrono_literals;

/// A history of statements and faults, and what differs between two seeds.
class Schedule {
 public:
  Schedule& ran(const std::string& who, const std::string& operation, const std::string& statement,
                const std::string& job = "", int attempt = 0) {
    Event& event = add(EventKind::statement, who);
    event.operation = operation;
    event.statement = statement;
    event.job = {job};
    event.attempt = {attempt};
    return *this;
  }
  Schedule& on(int backend) {
    history_.events.back().backend = backend;
    return *this;
  }
  Schedule& failed(const std::string& who, const std::string& sqlstate) {
    ran(who, "claim", "take");
    history_.events.back().sqlstate = sqlstate;
    return *this;
  }
  Schedule& hit(const std::string& who, FaultKind fault, const std::string& boundary) {
    Event& event = add(EventKind::fault, who);
    event.fault = fault;
    event.boundary = boundary;
    return *this;
  }
  Schedule& goes_on(const std::string& who) {
    add(EventKind::resumed, who);
    return *this;
  }
  Schedule& waits(Duration time) {
    now_ += time;
    return *this;
  }
  const History& history() const { return history_; }

 private:
  Event& add(EventKind kind, const std::string& who) {
    now_ += 1us;
    Event event;
    event.kind = kind;
    event.step = ++step_;
    event.at = now_;
    event.worker = {who};
    return history_.events.emplace_back(event);
  }
  History history_;
  Instant now_{};
  int step_ = 0;
};

std::string signed_as(const Schedule& schedule) {
  return signature("single_owner", schedule.history());
}

Schedule takeover(const std::string& first, const std::string& second, const std::string& job) {
  Schedule schedule;
  schedule.ran(first, "claim", "take", job, 1)
      .hit(first, FaultKind::stall, "advance.save:before")
      .ran(second, "claim", "take", job, 2)
      .goes_on(first)
      .ran(first, "advance", "save", job, 1);
  return schedule;
}

}  // namespace

TEST_CASE("signature: a schedule is what was run and what struck, by renamed workers and jobs",
          "[sim]") {
  CHECK(schedule_of(takeover("w3", "w1", "7").history()) ==
        "A claim.take 1\n"
        "A ⚡ stall advance.save:before\n"
        "B claim.take 1\n"
        "A ▶\n"
        "A advance.save 1\n");
}

TEST_CASE("signature: other workers and another job make no other failure", "[sim]") {
  CHECK(signed_as(takeover("w1", "w2", "1")) == signed_as(takeover("w3", "w1", "7")));
}

TEST_CASE("signature: who acts matters", "[sim]") {
  Schedule same, other;
  same.ran("w1", "claim", "take", "1", 1).ran("w1", "advance", "save", "1", 1);
  other.ran("w1", "claim", "take", "1", 1).ran("w2", "advance", "save", "1", 1);
  CHECK(signed_as(same) != signed_as(other));
}

TEST_CASE("signature: which job it is matters", "[sim]") {
  Schedule same, other;
  same.ran("w1", "claim", "take", "1", 1).ran("w2", "claim", "take", "1", 2);
  other.ran("w1", "claim", "take", "1", 1).ran("w2", "claim", "take", "2", 2);
  CHECK(signed_as(same) != signed_as(other));
}

TEST_CASE("signature: another property, fault, boundary or error is another failure", "[sim]") {
  Schedule stall, crash, elsewhere, deadlock, timeout;
  stall.hit("w1", FaultKind::stall, "advance.save:before");
  crash.hit("w1", FaultKind::crash, "advance.save:before");
  elsewhere.hit("w1", FaultKind::stall, "advance.save:after");
  deadlock.failed("w1", "40P01");
  timeout.failed("w1", "55P03");
  CHECK(signature("fenced_writes.job", stall.history()) !=
        signature("fenced_writes.cursor", stall.history()));
  CHECK(signed_as(stall) != signed_as(crash));
  CHECK(signed_as(stall) != signed_as(elsewhere));
  CHECK(signed_as(deadlock) != signed_as(timeout));
}

TEST_CASE("signature: how long anything took makes no other failure", "[sim]") {
  Schedule longer;
  longer.waits(10s)
      .ran("w1", "claim", "take", "1", 1)
      .hit("w1", FaultKind::stall, "advance.save:before")
      .waits(700s)
      .ran("w2", "claim", "take", "1", 2)
      .goes_on("w1")
      .ran("w1", "advance", "save", "1", 1);
  CHECK(signed_as(longer) == signed_as(takeover("w1", "w2", "1")));
}

TEST_CASE("signature: polling that found nothing is left out, the round that claims is not",
          "[sim]") {
  Schedule once, thrice;
  once.ran("w2", "claim", "begin").ran("w2", "claim", "pick").ran("w2", "claim", "take", "1", 1);
  for (int round = 0; round < 2; ++round)
    thrice.ran("w2", "claim", "begin").ran("w2", "claim", "pick").waits(5s);
  thrice.ran("w2", "claim", "begin").ran("w2", "claim", "pick").ran("w2", "claim", "take", "1", 1);
  thrice.ran("w1", "claim", "begin").ran("w1", "claim", "pick");
  CHECK(schedule_of(thrice.history()) == "A claim.begin\nA claim.pick\nA claim.take 1\n");
  CHECK(signed_as(once) == signed_as(thrice));
}

TEST_CASE("signature: the known one of a known schedule", "[sim]") {
  CHECK(signed_as(takeover("w1", "w2", "1")) == "7391fa14");
}

TEST_CASE("story: what failed since the job was last touched is why nobody gets it", "[model]") {
  const auto told = [](bool touched) {
    Telling telling = Telling().job("1").worker("w1");
    for (const char* sqlstate : {"23505", "25P02", "23505"})
      telling.sql("w1", "claim", "take", sqlstate, 1s);
    if (touched) telling.change("w9", 0, 2s, "1", [](JobRecord& job) { job.attempts = 1; });
    Violation violation;
    violation.job = JobId{"1"};
    violation.step = 100;
    violation.sentence = "nobody had claimed it";
    return story(telling.finished(9s), violation);
  };
  CHECK(told(false) ==
        "claim.take failed with 23505 2 times, claim.take failed with 25P02. "
        "Then nobody had claimed it.");
  CHECK(told(true) == "Nobody had claimed it.");
}

TEST_CASE("story: it goes by time, says a takeover once, and begins with no Then", "[model]") {
  Telling telling = Telling().job("1").worker("w1").worker("w2");
  telling.granted("w1", 1, 1s, 31s).fault(FaultKind::stall, "w1", 2s);
  telling.granted("w2", 2, 32s, 62s).fault(FaultKind::stall, "w1", 40s);
  const History history = telling.finished(70s);
  const auto step_of = [&](EventKind kind, const std::string& worker, int which) {
    for (const Event& event : history.events)
      if (event.kind == kind && event.worker.text == worker && which-- == 0) return event.step;
    return 0;
  };
  Violation violation;
  violation.job = JobId{"1"};
  violation.attempt = AttemptId{2};
  violation.step = step_of(EventKind::granted, "w2", 0);
  violation.sentence = "w2 took job 1 over at 32 s from w1, which was well";
  CHECK(story(history, violation) ==
        "w1 claimed job 1 at 1 s. w1 stalled for 0 s at 2 s. Then w2 took job 1 over at 32 s from "
        "w1, which was well.");
  violation.step = step_of(EventKind::fault, "w1", 1);
  violation.sentence = "it is late";
  CHECK(story(history, violation) ==
        "w1 claimed job 1 at 1 s. w1 stalled for 0 s at 2 s. w2 took job 1 over at 32 s, 1 s after "
        "its lease had ended. w1 stalled for 0 s at 40 s. Then it is late.");
}

TEST_CASE("story: a job that was given says by whom", "[model]") {
  const auto given = [](Event& event) { event.giver = {"x"}; };
  Telling telling = Telling().job("1").granted("w1", 1, 1s, 31s).with(given);
  telling.granted("w2", 2, 32s, 62s).with(given);
  Violation violation;
  violation.job = JobId{"1"};
  violation.step = 9;
  violation.sentence = "it is late";
  CHECK(story(telling.finished(70s), violation) ==
        "x gave job 1 to w1 at 1 s. x gave job 1 to w2 at 32 s, 1 s after its lease had ended. "
        "Then it is late.");
}

TEST_CASE("story: a fault that may last otherwise says so", "[model]") {
  Telling telling = claimed().fault(FaultKind::stall, "w1", 2s);
  const History history = telling.finished(60s);
  Violation violation;
  violation.step = history.events.back().step;
  violation.job = {"1"};
  violation.sentence = "it is late";
  CHECK(
      story(history, violation, {{violation.step - 1, "anything longer"}}) ==
      "w1 claimed job 1 at 1 s. w1 stalled for 0 s at 2 s; anything longer does the same. Then it "
      "is late.");
}

TEST_CASE("story: whose the pooler's backend was before is told, or that it is another",
          "[model]") {
  const auto told = [](int first, int second, int third) {
    Schedule schedule;
    schedule.ran("w1", "claim", "lock").on(first);
    schedule.ran("w2", "claim", "lock").on(second).ran("w2", "release", "unlock").on(third);
    Violation violation;
    violation.step = 3;
    violation.sentence = "it is wrong";
    return story(schedule.history(), violation);
  };
  CHECK(told(0, 0, 0) == "It is wrong.");
  CHECK(told(1, 2, 2) == "It is wrong.");
  CHECK(told(1, 1, 1) ==
        "w2 ran claim.lock at 0.000002 s through the pooler, on the backend that w1 used before. "
        "Then it is wrong.");
  CHECK(told(1, 2, 3) ==
        "w2 ran release.unlock at 0.000003 s through the pooler, on another backend than before. "
        "Then it is wrong.");
  CHECK(told(1, 2, 1) ==
        "w2 ran release.unlock at 0.000003 s through the pooler, on the backend that w1 used "
        "before. Then it is wrong.");
}

}  // namespace fencepost
