#include "model/properties/judge.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

Event event_of(EventKind kind, const std::string& worker, Duration at = 0s) {
  Event event;
  event.kind = kind;
  event.worker = {worker};
  event.at = Instant{at};
  return event;
}
Event fault_of_worker(FaultKind kind, const std::string& worker, Duration at = 0s,
                      Duration lasts = 0s) {
  Event event = event_of(EventKind::fault, worker, at);
  event.fault = kind;
  event.lasts = lasts;
  return event;
}

/// Whether a grant to w1 at that time is disturbed from the start, after these.
bool disturbed_from_the_start(const std::vector<Event>& events, Duration at) {
  Disturbed disturbed;
  for (const Event& event : events) disturbed.follow(event);
  return disturbed.from_the_start(event_of(EventKind::granted, "w1", at));
}

}  // namespace

TEST_CASE("judge: only the first violation of each part is found", "[model]") {
  Findings findings;
  CHECK(findings.verdict().outcome == Outcome::holds);
  Event event = event_of(EventKind::changed, "w1");
  event.step = 3;
  findings.add(event, "cursor", "it fell");
  event.step = 4;
  findings.add(event, "cursor", "it fell again");
  findings.add(event, "progress", "that fell, too");
  const Verdict verdict = findings.verdict();
  CHECK(verdict.outcome == Outcome::violated);
  REQUIRE(verdict.violations.size() == 2);
  CHECK(verdict.violations[0].sentence == "it fell");
  CHECK(verdict.violations[0].step == 3);
  CHECK(verdict.violations[1].part == "progress");
}

TEST_CASE("judge: a worker is disturbed by its own faults, and by those that strike everybody",
          "[model]") {
  const Disturbed disturbed;
  for (const Fault& fault : faults()) {
    INFO(fault.name);
    const std::string whose = strikes_everybody(fault.kind) ? "" : "w1";
    CHECK(disturbed.by(fault_of_worker(fault.kind, whose), {"w1"}) == fault.disturbs);
    const bool others = fault.disturbs && whose.empty();
    CHECK(disturbed.by(fault_of_worker(fault.kind, whose), {"w2"}) == others);
  }
  CHECK(disturbed.by(event_of(EventKind::session_ended, "w1"), {"w1"}));
  CHECK_FALSE(disturbed.by(event_of(EventKind::session_ended, "w1"), {"w2"}));
  CHECK_FALSE(disturbed.by(event_of(EventKind::work, "w1"), {"w1"}));
}

TEST_CASE("judge: who stands still when it is granted a job is disturbed from the start",
          "[model]") {
  const Event stall = fault_of_worker(FaultKind::stall, "w1");
  CHECK(disturbed_from_the_start({stall}, 1s));
  CHECK_FALSE(disturbed_from_the_start({fault_of_worker(FaultKind::stall, "w2")}, 1s));
  CHECK_FALSE(disturbed_from_the_start({stall, event_of(EventKind::resumed, "w1")}, 1s));
}

TEST_CASE("judge: what is granted while the server refuses something is disturbed, until heal",
          "[model]") {
  const Event refusing = fault_of_worker(FaultKind::read_only, "", 10s, 5s);
  CHECK(disturbed_from_the_start({refusing}, 14s));
  CHECK_FALSE(disturbed_from_the_start({refusing}, 15s));
  CHECK_FALSE(disturbed_from_the_start({refusing, event_of(EventKind::heal_started, "")}, 14s));
  CHECK_FALSE(
      disturbed_from_the_start({fault_of_worker(FaultKind::clock_freeze, "", 10s, 5s)}, 14s));
}

TEST_CASE("judge: faults take away the server's clock, or its word", "[model]") {
  const Event jump = fault_of_worker(FaultKind::clock_step, "");
  const Event freeze = fault_of_worker(FaultKind::clock_freeze, "");
  const Event loss = fault_of_worker(FaultKind::commits_lost, "");
  CHECK(breaks(jump, Guarantee::clock));
  CHECK(breaks(freeze, Guarantee::clock));
  CHECK(breaks(loss, Guarantee::commits));
  CHECK_FALSE(breaks(fault_of_worker(FaultKind::server_crash, ""), Guarantee::commits));
  CHECK(sets_clock(jump));
  CHECK_FALSE(sets_clock(freeze));
  Event forgotten = event_of(EventKind::changed, "");
  CHECK_FALSE(is_forgetting(forgotten));
  forgotten.fault = FaultKind::commits_lost;
  CHECK(is_forgetting(forgotten));
  CHECK_FALSE(breaks(forgotten, Guarantee::commits));
}

TEST_CASE("judge: a history without an end was cut", "[model]") {
  History history;
  CHECK(was_cut(history));
  history.events.push_back(event_of(EventKind::work, "w1"));
  CHECK(was_cut(history));
  Event end = event_of(EventKind::finished, "");
  end.note = "settled";
  history.events.push_back(end);
  CHECK_FALSE(was_cut(history));
  history.events.back().note = "cut";
  CHECK(was_cut(history));
}

TEST_CASE("judge: a job is over when it succeeded or failed for good", "[model]") {
  JobRecord record;
  for (const JobState state : {JobState::ready, JobState::owned}) {
    record.state = state;
    CHECK_FALSE(is_terminal(record));
  }
  for (const JobState state : {JobState::succeeded, JobState::failed}) {
    record.state = state;
    CHECK(is_terminal(record));
  }
  CHECK(name_of({"w2"}) == "w2");
  CHECK(name_of({}) == "the harness");
}

}  // namespace fencepost
