#include <filesystem>

#include "sim/search/saved_run.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

Instant any_instant() {
  return Instant{Duration{any_of<std::int64_t>(
      {any_number<std::int64_t>(400'000'000), any_int64(), 0, INT64_MAX, -INT64_MAX, -1})}};
}

std::optional<std::string> maybe_text() {
  return any_bool() ? std::optional(hostile_text()) : std::nullopt;
}
std::optional<std::int64_t> maybe_number() {
  return any_bool() ? std::optional(any_int64()) : std::nullopt;
}

JobRecord whole_record() {
  JobRecord record;
  record.state = any_of({JobState::ready, JobState::owned, JobState::succeeded, JobState::failed});
  record.token = maybe_text();
  record.owner = maybe_text();
  if (any_bool()) record.lease_until = any_instant();
  if (any_bool()) record.ready_at = any_instant();
  record.progress = maybe_number();
  record.cursor = maybe_number();
  record.attempts = maybe_number();
  record.group = maybe_text();
  record.cap = maybe_number();
  return record;
}

Event whole_event() {
  Event event;
  event.kind = static_cast<EventKind>(any_number(static_cast<int>(names_of(EventKind{}).size())));
  event.step = any_int();
  event.at = any_instant();
  event.server_ahead = any_instant().time_since_epoch();
  event.lasts = any_instant().time_since_epoch();
  for (std::string* text : {&event.worker.text, &event.session.text, &event.operation,
                            &event.statement, &event.job.text, &event.item.text, &event.result,
                            &event.sqlstate, &event.boundary, &event.note})
    *text = hostile_text();
  const int parameters = any_number(3);
  for (int i = 0; i < parameters; ++i) event.bound.push_back({hostile_text(), maybe_text()});
  event.attempt.number = any_int();
  if (any_bool()) event.before = whole_record();
  if (any_bool()) event.after = whole_record();
  if (any_bool())
    event.fault = static_cast<FaultKind>(any_number(static_cast<int>(faults().size())));
  event.count_before = maybe_number();
  event.count_after = any_int64();
  event.claims = any_bool();
  event.committed = any_bool();
  return event;
}

Declared any_declared() {
  Declared declared;
  const auto names = [] {
    std::set<std::string> some;
    const int count = any_number(3);
    for (int i = 0; i < count; ++i) some.insert(hostile_text());
    return some;
  };
  const auto length = [] { return any_instant().time_since_epoch(); };
  declared.protocol = hostile_text();
  declared.lease_kind =
      any_of({LeaseKind::row, LeaseKind::session, LeaseKind::transaction, LeaseKind::none});
  declared.token_order = any_of({TokenOrder::unique, TokenOrder::increasing});
  declared.absent = any_of({AbsentMeans::lost, AbsentMeans::ready, AbsentMeans::succeeded});
  declared.lease = length();
  declared.poll = length();
  if (any_bool()) declared.freed_within = length();
  if (any_bool()) declared.claimed_within = length();
  declared.max_attempts = maybe_number();
  declared.columns = names();
  declared.observes_applied = any_bool();
  declared.applied_once = any_bool();
  declared.may_run_out = any_bool();
  declared.claims_like = {{hostile_text(), hostile_text()}};
  declared.strict = any_bool();
  if (any_bool()) declared.notices_within = length();
  declared.claim_limit = maybe_number();
  declared.operators = names();
  declared.never = names();
  return declared;
}

Told any_told() {
  Told told;
  told.violation = {hostile_text(),   any_int(),   any_instant(),
                    {hostile_text()}, {any_int()}, hostile_text()};
  told.story = hostile_text();
  told.history.declared = any_declared();
  const int events = any_number(1, 5);
  for (int i = 0; i < events; ++i) told.history.events.push_back(whole_event());
  const int sources = any_number(3);
  for (int i = 0; i < sources; ++i)
    told.sources.push_back({hostile_text(), hostile_text(), hostile_text()});
  told.token = {{hostile_text()}, {hostile_text(), hostile_text()}};
  return told;
}

SavedRun small_run() {
  SavedRun run;
  run.protocol = "mine";
  run.scenario = "stall";
  run.property = "progress_monotone.cursor";
  Told told;
  told.violation = {"cursor", 3, Instant{302s}, {"1"}, {1}, "the cursor of job 1 fell from 2 to 1"};
  told.story = "w1 claimed job 1 at 0 s. Then the cursor of job 1 fell from 2 to 1.";
  told.history.declared.protocol = "mine";
  told.history.declared.lease = 300s;
  told.history.declared.columns = {"cursor", "token"};
  told.token = {{"epoch"}, {"epoch"}};
  told.sources = {{"save", "queries.sql:14", "UPDATE jobs\nSET at = :at"}};
  Event fault;
  fault.kind = EventKind::fault;
  fault.step = 2;
  fault.at = Instant{1s};
  fault.worker = {"w1"};
  fault.fault = FaultKind::stall;
  fault.lasts = 301s;
  Event save;
  save.step = 3;
  save.at = Instant{302s};
  save.worker = {"w1"};
  save.operation = "advance";
  save.statement = "save";
  save.bound = {{"at", "1"}, {"note", std::nullopt}};
  save.job = {"1"};
  save.attempt = {1};
  save.committed = true;
  save.result = "1 row changed";
  Event changed;
  changed.kind = EventKind::changed;
  changed.step = 3;
  changed.at = Instant{302s};
  changed.job = {"1"};
  changed.before = JobRecord{};
  changed.before->cursor = 2;
  changed.after = JobRecord{};
  changed.after->cursor = 1;
  changed.after->lease_until = Instant::max();
  told.history.events = {fault, save, changed};
  run.digest = digest(told.history);
  run.told = told;
  return run;
}

constexpr const char* kTold = R"(  "told": {
    "violation": {"part": "cursor", "step": 3, "at": "302 s", "job": "1", "attempt": 1, "sentence": "the cursor of job 1 fell from 2 to 1"},
    "story": "w1 claimed job 1 at 0 s. Then the cursor of job 1 fell from 2 to 1.",
    "declared": {
      "protocol": "mine",
      "lease_kind": "row",
      "token_order": "unique",
      "absent": "lost",
      "lease": "300 s",
      "poll": "0 s",
      "columns": ["cursor", "token"],
      "observes_applied": false
    },
    "token": {"columns": ["epoch"], "parameters": ["epoch"]},
    "sources": [
      {"statement": "save", "where": "queries.sql:14", "text": [
        "UPDATE jobs",
        "SET at = :at"
      ]}
    ],
    "events": [
      {"step": 2, "at": "1 s", "kind": "fault", "worker": "w1", "fault": "stall", "lasts": "301 s"},
      {"step": 3, "at": "302 s", "kind": "statement", "worker": "w1", "operation": "advance", "statement": "save", "bound": [["at", "1"], ["note", null]], "job": "1", "attempt": 1, "committed": true, "result": "1 row changed"},
      {"step": 3, "at": "302 s", "kind": "changed", "job": "1", "before": {"state": "ready", "cursor": 2}, "after": {"state": "ready", "lease_until": "for ever", "cursor": 1}}
    ]
  }
}
)";

std::string history_refusal(const std::string& text) {
  try {
    told_run_from_json(text, "a.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string history_refusal(const std::string& part, const std::string& replacement) {
  std::string text = to_json(small_run());
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return history_refusal(text.replace(at, part.size(), replacement));
}

}  // namespace

TEST_CASE("told run: the file reads like this", "[report]") {
  const std::string text = to_json(small_run());
  CHECK(text.ends_with(std::string("  \"deviations\": [],\n") + kTold));
  CHECK(told_run_from_json(text, "a.json") == small_run());
}

TEST_CASE("told run: any history comes back from its file", "[report]") {
  law("reading what was written gives the same", [] {
    SavedRun run;
    run.told = any_told();
    run.digest = digest(run.told->history);
    const std::string text = to_json(run);
    const SavedRun read = told_run_from_json(text, "a.json");
    HOLDS(read == run);
    HOLDS(to_json(read) == text);
  });
}

TEST_CASE("told run: what an earlier attempt got back in a crash is told, too", "[report]") {
  SavedRun run = small_run();
  run.told->history.events.back().kind = EventKind::restored;
  run.told->history.events.back().fault = FaultKind::commits_lost;
  run.digest = digest(run.told->history);
  CHECK(told_run_from_json(to_json(run), "a.json") == run);
}

TEST_CASE("told run: every failure that is saved with a protocol is written as it was read",
          "[report]") {
  int files = 0;
  const auto root = std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().parent_path().filename() != "failures") continue;
    INFO(entry.path());
    const std::string text = read_text_file(entry.path(), "a saved run");
    const std::string written = to_json(told_run_from_json(text, entry.path()));
    CHECK(written.substr(written.find("\"told\"")) == text.substr(text.find("\"told\"")));
    ++files;
  }
  CHECK(files >= 17);
}

TEST_CASE("told run: a replay does not look at what is told", "[report]") {
  std::string text = to_json(small_run());
  const std::size_t at = text.find("\"story\"");
  text.replace(at, 7, "\"stories\"");
  SavedRun untold = small_run();
  untold.told.reset();
  CHECK(saved_run_from_json(text, "a.json") == untold);
  CHECK(saved_run_from_json(to_json(untold), "a.json") == untold);
}

TEST_CASE("told run: any bytes are read or refused", "[report]") {
  law("a file with a part cut out or replaced", [] {
    std::string text = to_json(small_run());
    const auto at = any_number<std::size_t>(text.size());
    text.replace(at, any_number<std::size_t>(40), hostile_text());
    const std::string said = history_refusal(text);
    HOLDS((said.empty() || said.starts_with("a.json:")));
  });
}

TEST_CASE("told run: a file that tells nothing, or is cut off, is refused with what to do",
          "[report]") {
  SavedRun untold = small_run();
  untold.told.reset();
  CHECK(history_refusal(to_json(untold)) ==
        "a.json:1: this saved run has no \"told\", so there is nothing to tell without a server: "
        "shrink it, which writes that, or replay it");
  const std::string text = to_json(small_run());
  CHECK(history_refusal(text.substr(0, text.find("\"kind\": \"changed\""))) ==
        "a.json:49: the file is cut off: its JSON ends too early; restore the whole file, or save "
        "the run again");
  CHECK(history_refusal("\"format\": 2", "\"format\": 2, \"kind\": \"results\"") ==
        "a.json:2: this is the result file of a check, but must be a saved run: name one of its "
        "failures, or use report");
}

TEST_CASE("told run: edited events are noticed", "[report]") {
  const std::string text =
      history_refusal("\"before\": {\"state\": \"ready\"", "\"before\": {\"state\": \"owned\"");
  CHECK(text.starts_with("a.json:46: these events were edited: their digest is "));
  CHECK(text.ends_with(", but the file was saved with \"" + small_run().digest +
                       "\"; restore the file, or replay and shrink it, which tells it again"));
}

TEST_CASE("told run: mistakes in what is told are named with their line", "[report]") {
  CHECK(history_refusal("\"kind\": \"fault\"", "\"kind\": \"falut\"")
            .starts_with("a.json:47: \"kind\" in an event is \"falut\", but must be "
                         "worker_started, statement, "));
  CHECK(history_refusal("\"fault\": \"stall\"", "\"fault\": \"stal\"") ==
        "a.json:47: \"fault\" in an event is \"stal\", but must be a fault that \"list faults\" "
        "names: restore the file, or save the run again");
  CHECK(history_refusal("[\"note\", null]", "[\"note\"]") ==
        "a.json:48: one of \"bound\" in an event is a list, but must be [parameter, value]: "
        "restore the file, or save the run again");
  CHECK(history_refusal("\"sentence\": \"the", "\"sentance\": \"the")
            .starts_with("a.json:27: unknown key \"sentance\" in a violation; known are step, at, "
                         "sentence, part, job, attempt and written_at; did you mean \"sentence\"?"));
  CHECK(
      history_refusal("\"committed\": true", "\"committed\": 1") ==
      "a.json:48: \"committed\" in an event is 1, but must be true or false: restore the file, or "
      "save the run again");
}

}  // namespace fencepost
