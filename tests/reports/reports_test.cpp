// What is told of a history and a check, word for word.
#include <algorithm>
#include <sstream>

#include "model/polling.hpp"
#include "model/story.hpp"
#include "reports/check_text.hpp"
#include "reports/escaped.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/small_history.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

const std::string kStart =
    "                         · job 1: state ready, cursor 0\n"
    "                         · w1 starts as worker\n"
    "                         · w2 starts as worker\n";
const std::string kFirstClaim =
    "    1     0.000001 s w1  claim.claim_job               ✓ 1 row: job_id=1\n"
    "                         · job 1: state ready → owned, token - → 1, lease until - → 30 s\n"
    "                         · job 1 is granted to w1 (grant 1)\n"
    "                         · w1 believes that it holds job 1\n";
const std::string kTakeover =
    "    6           35 s w2  claim.claim_job               ✓ 1 row: job_id=1\n"
    "                         · job 1: token 1 → 2, lease until 30 s → 65 s\n"
    "                         · grant 1 of job 1 is revoked\n"
    "                         · job 1 is granted to w2 (grant 2)\n"
    "                         · w2 believes that it holds job 1\n";
const std::string kLateWrite =
    "    9    40.000001 s w1  advance.save_checkpoint  1    ✓ INSERT 0 1\n"
    "                         · job 1: cursor 2 → 1\n";
const std::string kUntilTheLateWrite =
    kStart + kFirstClaim +
    "    2            1 s w1  ⚡ stall for 39 s, at advance.save_checkpoint:before\n"
    "    3            5 s w2  polls 3 times until 15 s: nothing to claim\n" +
    kTakeover +
    "    7           36 s w2  advance.save_checkpoint  1    ✓ INSERT 0 1\n"
    "                         · job 1: cursor 0 → 2\n"
    "    8           40 s w1  ▶ goes on\n" +
    kLateWrite;

Violation cursor_falls() {
  return verdict_of(small_history(), "progress_monotone").violations.at(0);
}

FailureReport failure(const History& history) {
  FailureReport report;
  report.protocol = "mine";
  report.scenario = "stall";
  report.seed = 7;
  report.property = "progress_monotone.cursor";
  report.told.violation = cursor_falls();
  report.told.history = history;
  report.told.story = story(history, report.told.violation);
  report.replay = "fencepost replay f.json";
  return report;
}

const std::string kSentence =
    "the cursor of job 1 fell from 2 to 1 when w1 ran advance.save_checkpoint at 40.000001 s";
const std::string kStory =
    "w1 claimed job 1 at 0.000001 s. w1 stalled for 39 s before advance.save_checkpoint at 1 s. w2 "
    "took job 1 over at 35 s, 5 s after its lease had ended. Then " +
    kSentence + ".";
/// The same as people are told.
const std::string kSaidSentence =
    "the cursor of job 1 fell from 2 to 1 when w1 ran advance.save_checkpoint at 40 s";
const std::string kSaidStory =
    "w1 claimed job 1 at the start. w1 stalled for 39 s before advance.save_checkpoint at 1 s. w2 "
    "took job 1 over at 35 s, 5 s after its lease had ended. Then " +
    kSaidSentence + ".";

ProtocolReport protocol_report() {
  ProtocolReport report;
  report.name = "mine";
  report.tallies.resize(2);
  report.tallies[0].scenario = "stall";
  report.tallies[0].histories = 2;
  report.tallies[1].scenario = "quiet";
  report.tallies[1].histories = 1;
  return report;
}

}  // namespace

TEST_CASE("trace: which of the pooler's backends a statement was on, or that it waits for one",
          "[reports]") {
  Event event;
  event.result = "UPDATE 1";
  CHECK(event_line(event)->result == "  UPDATE 1");
  event.backend = 2;
  CHECK(event_line(event)->result == "  UPDATE 1, on backend 2");
  event.kind = EventKind::parked;
  CHECK(event_line(event)->result == "… before its commit, on backend 2");
  event.kind = EventKind::blocked;
  CHECK(event_line(event)->result == "… waits for a lock, on backend 2");
  event.kind = EventKind::queued;
  event.backend = 0;
  CHECK(event_line(event)->result == "… waits for a backend of the pooler");
}

TEST_CASE("trace: a history from its first line to its last", "[reports]") {
  CHECK(trace(small_history(), {}) ==
        kUntilTheLateWrite +
            "   10    40.000002 s w1  advance.save_progress    1      0 rows\n"
            "                         · w1 no longer believes that it holds job 1 (lost)\n"
            "   11           41 s     end: settled\n");
  CHECK(story_steps(small_history(), 0) == 9);
  CHECK(story_steps(small_history(), 6) == 4);
}

TEST_CASE("trace: up to a step, with its marks below", "[reports]") {
  TraceOptions options;
  options.until_step = 9;
  options.marks = {{9, "wrong"}, {9, "also wrong"}};
  CHECK(trace(small_history(), options) ==
        kUntilTheLateWrite + "    9  ✗ wrong\n    9  ✗ also wrong\n");
}

TEST_CASE("trace: long lines are cut at the width by columns, not by bytes", "[reports]") {
  TraceOptions options;
  options.width = 40;
  options.until_step = 2;
  CHECK(trace(small_history(), options) ==
        "                         · job 1: state…\n"
        "                         · w1 starts as…\n"
        "                         · w2 starts as…\n"
        "    1     0.000001 s w1  claim.claim_jo…\n"
        "                         · job 1: state…\n"
        "                         · job 1 is gra…\n"
        "                         · w1 believes …\n"
        "    2            1 s w1  ⚡ stall for 39…\n");
}

TEST_CASE("trace: colour adds to a line and changes nothing in it", "[reports]") {
  TraceOptions options;
  options.until_step = 2;
  const std::string plain = trace(small_history(), options);
  options.color = Color::on;
  std::string painted = trace(small_history(), options);
  CHECK(painted.find("\x1b[31m    2            1 s w1  ⚡ stall") != std::string::npos);
  for (const char* sign : {"\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"})
    for (std::size_t found = painted.find(sign); found != std::string::npos;
         found = painted.find(sign))
      painted.erase(found, std::string(sign).size());
  CHECK(painted == plain);
}

TEST_CASE("trace: one step alone", "[reports]") {
  CHECK(trace_step(small_history(), 6, {}) == kTakeover);
  CHECK(trace_step(small_history(), 4, {}).empty());
}

TEST_CASE("polling: a single round, or one that led to a claim, is shown as it was", "[reports]") {
  Scribe scribe;
  scribe.statement(1, 1s, "w1", "claim", "pick_job", "0 rows");
  scribe.statement(2, 1s, "w1", "claim", "commit", "COMMIT");
  CHECK(idle_polls(scribe.history).first.empty());
  scribe.statement(3, 2s, "w1", "claim", "pick_job", "0 rows");
  scribe.statement(4, 2s, "w1", "claim", "commit", "COMMIT");
  scribe.statement(5, 3s, "w1", "claim", "pick_job", "1 row");
  scribe.statement(6, 3s, "w1", "claim", "commit", "COMMIT").committed = true;
  const IdleSteps idle = idle_polls(scribe.history);
  REQUIRE(idle.first.size() == 1);
  CHECK(idle.first.at(1).rounds == 2);
  CHECK(idle.first.at(1).until == Instant{2s});
  CHECK(idle.hidden == std::set<int>{2, 3, 4});
}
TEST_CASE("idle polls: who claims nothing polls with whatever changes nothing", "[reports]") {
  Telling telling;
  telling.job("1").role("d1", "dispatcher");
  for (const Duration at : {1s, 2s, 3s})
    telling.sql("d1", "dispatch", "begin", "", at)
        .sql("d1", "dispatch", "pick", "", at)
        .sql("d1", "dispatch", "commit", "", at);
  const IdleSteps idle = idle_polls(telling.finished(4s));
  REQUIRE(idle.first.size() == 1);
  CHECK(idle.first.begin()->second.rounds == 3);
  CHECK(idle.first.begin()->second.until == Instant{} + 3s);
  CHECK(idle.hidden.size() == 8);
}

TEST_CASE("step: its lines, its SQL, and who holds what by the database and by belief",
          "[reports]") {
  const std::vector<SqlSource> sources = {
      {"save_checkpoint", "q.sql:3", "INSERT -- save_checkpoint\nVALUES"}};
  CHECK(step_text(small_history(), 9, {}, sources) ==
        kLateWrite +
            "       q.sql:3\n"
            "         INSERT -- save_checkpoint\n"
            "         VALUES\n"
            "       job 1: owned, token 2, lease until 65 s, cursor 1; w1 and w2 believe to hold "
            "it\n");
  CHECK(step_text(small_history(), 10, {}, {}).ends_with("cursor 1; w2 believes to hold it\n"));
  CHECK(step_text(small_history(), 4, {}, {}).empty());
}

TEST_CASE("story: who held the job, what struck, and what came of it", "[reports]") {
  CHECK(story(small_history(), cursor_falls()) == kStory);
}

TEST_CASE("story: a fault before anybody held the job is told where it explains", "[reports]") {
  Telling telling;
  telling.job("1").worker("w1").fault(FaultKind::ack_lost, "w1", 1s);
  Violation violation;
  violation.step = 5;
  violation.job = {"1"};
  violation.sentence = "nobody ever claims job 1";
  CHECK(story(telling.finished(60s), violation) ==
        "w1 never got the answer at 1 s. Then nobody ever claims job 1.");
}

TEST_CASE("story: of a long one the ends, and the violated attempt's own chapter", "[reports]") {
  Telling telling;
  telling.job("1").worker("w1").worker("w2");
  telling.granted("w1", 1, 0s, 30s).granted("w2", 2, 40s, 70s).granted("w1", 3, 80s, 110s);
  telling.granted("w2", 4, 120s, 150s).granted("w1", 5, 160s, 190s);
  Violation violation;
  violation.step = 6;
  violation.job = {"1"};
  violation.attempt = {2};
  violation.sentence = "w2 wrote.";
  CHECK(
      story(telling.finished(200s), violation) ==
      "w2 took job 1 over at 40 s, 10 s after its lease had ended. w2 took job 1 over at 120 s, 10 "
      "s after its lease had ended. w1 took job 1 over at 160 s, 10 s after its lease had ended. "
      "Then w2 wrote.");
}

TEST_CASE("failure: verdict, place, story, trace, and the command that replays it", "[reports]") {
  const History history = small_history();
  CHECK(failure_text(failure(history), {{.width = 0}}) ==
        "violated  progress_monotone.cursor at step 9, 40 s: " + kSaidSentence +
            "\n  where   mine under stall, seed 7, 7 steps\n  story   " + kSaidStory + "\n\n" +
            kUntilTheLateWrite + "    9  ✗ progress_monotone.cursor: " + kSentence +
            "\n\n  replay  fencepost replay f.json\n");
}

TEST_CASE("failure: a shrunk one says from how many steps, and a long one leaves its middle out",
          "[reports]") {
  const History history = small_history();
  FailureReport report = failure(history);
  report.shrunk_from = 90;
  report.digest = "0123";
  CHECK(failure_text(report, {{.width = 0}, 6}) ==
        "violated  progress_monotone.cursor at step 9, 40 s: " + kSaidSentence +
            "\n  where   mine under stall, seed 7, 7 steps (found in 90)\n  story   " + kSaidStory +
            "\n\n" + kStart + "       … 14 lines are left out here; the replay shows them …\n" +
            kLateWrite + "    9  ✗ progress_monotone.cursor: " + kSentence +
            "\n\n  digest  0123\n  replay  fencepost replay f.json\n");
}

TEST_CASE("check text: what holds, what could not be judged, what needs columns", "[reports]") {
  ProtocolReport report = protocol_report();
  report.about = "A queue.";
  report.tallies[0].judged["single_owner"] = {{Outcome::holds, 1}, {Outcome::not_judged, 1}};
  report.tallies[1].judged["job_not_stuck"] = {{Outcome::not_judged, 1}};
  report.skipped = {"slow-work"};
  report.open = {{"half-open-crash", "no keepalive"}};
  report.anywhere = {"stall-in-claim", "crash-after-claim"};
  const std::string text = protocol_text(report);
  CHECK(text.starts_with(
      "mine  3 histories, 2 scenarios\n  A queue.\n  ✓ holds     single_owner (1)\n"
      "              judged least: single_owner, in 1 history; a bug that shows in "
      "95.0 % or more of such histories would have been found with 95 %\n"
      "  - not judged job_not_stuck\n  - no columns "));
  CHECK(text.ends_with(
      "\n  - anywhere  stall-in-claim crash-after-claim\n              aim at statements that "
      "it has none of, so their faults strike at any\n  - skipped   slow-work\n              for "
      "want of [versions] previous, or "
      "of work that could fail\n  - left open half-open-crash: no keepalive\n"));
  for (const Property& property : properties())
    CHECK(text.find(property.name) != std::string::npos);
}

TEST_CASE("check text: each declaration that kept something from being violated, and how often",
          "[reports]") {
  ProtocolReport report = protocol_report();
  report.tallies[0].excused = {{{"[lease] within", "lease_as_declared"}, 2},
                               {{"[role.boss] operator", "terminal_sticks"}, 1}};
  report.tallies[1].excused = {{{"[lease] within", "lease_as_declared"}, 3},
                               {{"[lease] within", "job_not_stuck"}, 1}};
  report.verdict.waived = {{"takeover", 2}};
  CHECK(protocol_text(report).find(
            "  - excused   by [lease] within: job_not_stuck in 1 history, lease_as_declared in 5 "
            "histories\n"
            "  - excused   by [role.boss] operator: terminal_sticks in 1 history\n"
            "  - excused   by [expect] unreachable: takeover not reached in 2 scenarios\n") !=
        std::string::npos);
}

TEST_CASE("check text: what no history could judge is told with its remedy", "[reports]") {
  const auto remedy = [](const std::string_view why) {
    const std::string told = sentence_of(Unproved{"quiet-day", "p", std::string(why)});
    const std::string known = fmt::format("quiet-day could not judge p in any history ({}); ", why);
    return told.starts_with(known) ? told.substr(known.size()) : "not told";
  };
  CHECK(remedy("the run was cut") ==
        "give it more steps under [run], or take out what repeats for ever");
  CHECK(remedy(kNothingListed) ==
        "let it return each item of a job, with a count of 0 until it is applied");
  CHECK(remedy("w1 still worked on job 1 at its end") ==
        "let it come to an end, or declare what lasts: [jobs] ends_within, fixed, [lease] "
        "freed_within");
}

TEST_CASE("check text: what is violated, how often, and where to see it", "[reports]") {
  ProtocolReport report = protocol_report();
  report.tallies[0].found["fenced_writes.cursor"] = {2, "stall", 9, {}};
  report.tallies[1].found["token_order"] = {1, "quiet", 3, {}};
  report.verdict.violated = {"fenced_writes.cursor", "token_order"};
  report.verdict.unexpected = report.verdict.violated;
  CHECK(protocol_text(report).find(
            "  ✗ violated  fenced_writes.cursor  in 2 histories, such as stall with seed 9\n"
            "  ✗ violated  token_order           in 1 history, such as quiet with seed 3\n") !=
        std::string::npos);
  report.promise.as_expected = true;
  report.verdict.unexpected = {"token_order"};
  report.verdict.not_found = {"single_owner"};
  CHECK(protocol_text(report).find(
            "  ✗ expected  fenced_writes.cursor  in 2 histories, such as stall with seed 9\n"
            "  ✗ SURPRISE  token_order           in 1 history, such as quiet with seed 3\n"
            "  ? not found single_owner: [expect] says that it is violated, but no history did "
            "so\n") != std::string::npos);
}

TEST_CASE("check text: what was not reached, and what to do about it", "[reports]") {
  ProtocolReport report = protocol_report();
  report.verdict.missed = {{"stall", "takeover", 0, 1}, {"stall", "blocked", 1, 3}};
  CHECK(protocol_text(report).ends_with(
      "  ? vacuous   stall reached takeover never, but must do so at least once\n"
      "  ? vacuous   stall reached blocked only once, but must do so at least 3 times\n"
      "              give it more seeds, or say under [expect] what is unreachable\n"));
}

TEST_CASE("check text: a protocol that was run under no scenario is not proved, and that is all",
          "[reports]") {
  ProtocolReport report = protocol_report();
  report.tallies.clear();
  report.about.clear();
  report.verdict = judge_protocol({}, {}, {});
  CHECK(
      protocol_text(report).ends_with("  0 histories, 0 scenarios\n"
                                      "  ? not proved it was run under no scenario; [check] "
                                      "scenarios, or --scenario, must name one "
                                      "that can strike it\n"));
  CHECK(verdict_line({"fencepost", {report}}) ==
        "not proved: nothing was violated, but not everything that was to be judged could be");
}

TEST_CASE("check text: a situation that many scenarios missed is one line", "[reports]") {
  ProtocolReport report = protocol_report();
  report.verdict.missed.clear();
  for (const char* scenario : {"a", "b", "c", "d", "e"}) {
    report.demands[scenario] = {{"takeover", 1}};
    if (*scenario != 'e') report.verdict.missed.push_back({scenario, "takeover", 0, 1});
  }
  const std::size_t demanded = static_cast<std::size_t>(
      std::count_if(report.demands.begin(), report.demands.end(),
                    [](const auto& each) { return each.second.contains("takeover"); }));
  CHECK(vacuous_lines(report) ==
        std::vector<std::string>{"takeover: not reached often enough in 4 of " +
                                 std::to_string(demanded) + " scenarios (a, b, c and 1 more)"});
  report.jobless = "no history had any job";
  CHECK(vacuous_lines(report) == std::vector<std::string>{"no history had any job"});
}

TEST_CASE("check text: sentences are wrapped to the width, and names too", "[reports]") {
  ProtocolReport report = protocol_report();
  report.verdict.missed = {{"stall", "takeover", 0, 1}};
  std::istringstream lines(protocol_text(report, 60));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(characters_in(line) <= 60);
  CHECK(count > 5);
}

}  // namespace fencepost
