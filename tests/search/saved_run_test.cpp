#include "sim/search/saved_run.hpp"

#include <algorithm>

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

using namespace std::chrono_literals;

SavedRun example() {
  SavedRun run;
  run.protocol = "kukuri-fenced";
  run.protocol_hash = "8c1f0a6de6b9d2a4";
  run.scenario = "stall-past-lease";
  run.scenario_file = "mine/stall.toml";
  run.scenario_hash = "00d5c8a1b2c3d4e5";
  run.load.workers = 2;
  run.load.roles = {{"operator", 1}};
  run.load.constants = {{"chunk", "2"}};
  run.load.slow.chance = {1, 10};
  run.load.slow.lasts = {{Length::Unit::lease, {}, 1'100'000}, {Length::Unit::absolute, 10s, 0}};
  run.load.clock_offsets = {0s, -2s};
  run.seed = 18446744073709551615U;
  run.strategy = "targeted_stall";
  run.property = "fenced_writes.cursor";
  run.sentence = "w1 (grant 1) moves the cursor of job 1 from 4 to 2";
  run.until_step = 27;
  run.digest = "1234567890abcdef";
  run.shrunk_from = 131;
  run.tape = {{{"start", "w2", 0, "start"}, 305'000'000},
              {{"stall", "w1", 11, "advance.tally:after"}, 1},
              {{"stall.lasts", "w1", 11, "advance.tally:after"}, 330'000'001},
              {{"next", "w2", 4, "claim.pick"}, 0, "w1/main at the barrier"}};
  return run;
}

constexpr const char* kExample = R"({
  "format": 2,
  "protocol": "kukuri-fenced",
  "protocol_folder": "",
  "protocol_hash": "8c1f0a6de6b9d2a4",
  "scenario": "stall-past-lease",
  "scenario_file": "mine/stall.toml",
  "scenario_hash": "00d5c8a1b2c3d4e5",
  "seed": 18446744073709551615,
  "strategy": "targeted_stall",
  "property": "fenced_writes.cursor",
  "sentence": "w1 (grant 1) moves the cursor of job 1 from 4 to 2",
  "until_step": 27,
  "shrunk_from": 131,
  "digest": "1234567890abcdef",
  "load": {
    "workers": 2, "previous": 0, "roles": {"operator": 1},
    "jobs": 1,
    "items": 4,
    "constants": {"chunk": "2"},
    "slow": {"chance": "1/10", "lasts": ["1.1 lease", "10 s"]},
    "poison": 0,
    "clock_offsets": ["0 s", "-2 s"]
  },
  "deviations": [
    {"who": "w2", "kind": "start", "nth": 0, "at": "start", "value": "305 s"},
    {"who": "w1", "kind": "stall", "nth": 11, "at": "advance.tally:after", "value": 1},
    {"who": "w1", "kind": "stall.lasts", "nth": 11, "at": "advance.tally:after", "value": "330.000001 s"},
    {"who": "w2", "kind": "next", "nth": 4, "at": "claim.pick", "value": "w1/main at the barrier"}
  ]
}
)";

std::string run_refusal(const std::string& text) {
  try {
    saved_run_from_json(text, "a.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The refusal of the example with one part of it replaced.
std::string run_refusal(const std::string& part, const std::string& replacement) {
  std::string text = kExample;
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return run_refusal(text.replace(at, part.size(), replacement));
}

Duration any_duration() {
  return Duration{any_number<std::int64_t>(-10'000'000'000'000, 10'000'000'000'000)};
}

Load any_load() {
  Load load;
  load.workers = any_number(1, 1001);
  load.previous = any_number(1001);
  for (const int n : any_numbers(9)) load.roles["r" + std::to_string(n)] = any_number(1001);
  load.jobs = any_number(1, 10'001);
  load.items = any_number(10'000 / load.jobs + 1);
  load.poison = any_number(100'001);
  for (const int n : any_numbers(99)) load.constants["c" + std::to_string(n)] = hostile_text();
  const int of = any_number(1, 1'000'001);
  load.slow.chance = {static_cast<std::uint32_t>(any_number(of + 1)),
                      static_cast<std::uint32_t>(of)};
  for (const int absolute : any_numbers(2)) {
    Length length;
    if (absolute == 1) length.absolute = Duration{std::abs(any_duration().count())};
    if (absolute == 0) length.unit = any_of({Length::Unit::lease, Length::Unit::poll});
    if (absolute == 0) length.millionths = any_number(1'000'000'001);
    load.slow.lasts.push_back(length);
  }
  const int offsets = any_number(4);
  for (int i = 0; i < offsets; ++i) load.clock_offsets.push_back(any_duration());
  return load;
}

Tape any_tape() {
  Tape tape;
  const int length = any_number(12);
  for (int i = 0; i < length; ++i) {
    Deviation deviation;
    deviation.point.kind =
        any_of<std::string>({"poll.lasts", "next", "stall", "stall.lasts", "start", "clock"});
    deviation.point.who = hostile_text();
    deviation.point.where = hostile_text();
    deviation.point.ordinal = i + any_of<std::int64_t>({0, 100, INT64_MAX - 100});
    deviation.value =
        any_of<std::int64_t>({any_int64(), 0, 1, INT64_MAX, INT64_MIN, -1, 330'000'001});
    if (is_named(deviation.point.kind)) {
      deviation.value = 0;
      deviation.name = "w" + hostile_text();
    }
    if (any_number(2) == 0) deviation.alike = hostile_text();
    const bool twice = std::any_of(tape.begin(), tape.end(), [&](const Deviation& other) {
      return other.point.kind == deviation.point.kind && other.point.who == deviation.point.who &&
             other.point.ordinal == deviation.point.ordinal;
    });
    if (!twice) tape.push_back(deviation);
  }
  return tape;
}

SavedRun any_run() {
  SavedRun run;
  for (std::string* text : {&run.protocol, &run.protocol_folder, &run.protocol_hash, &run.scenario,
                            &run.scenario_file, &run.scenario_hash, &run.sentence, &run.digest})
    *text = hostile_text();
  run.property = any_bool() ? "fenced_writes.cursor" : "never." + hostile_text();
  run.seed = any_of({any_seed(), UINT64_MAX});
  run.strategy = any_text_of({"random_walk", "priorities", "targeted_stall"});
  run.until_step = any_number(1'000'000'001);
  run.shrunk_from = any_number(1'000'000'001);
  run.load = any_load();
  run.tape = any_tape();
  return run;
}

}  // namespace

TEST_CASE("saved run: the file reads like this", "[sim]") {
  CHECK(to_json(example()) == kExample);
  CHECK(saved_run_from_json(kExample, "a.json") == example());
  CHECK(saved_run_from_json(to_json(SavedRun{}), "a.json") == SavedRun{});
}

TEST_CASE("saved run: a text that is not UTF-8 is written as bytes", "[sim]") {
  SavedRun run;
  run.sentence = "j\xff";
  CHECK(to_json(run).find("\n  \"sentence\": {\"bytes\": \"6aff\"},\n") != std::string::npos);
}

TEST_CASE("saved run: any run comes back from its file", "[sim]") {
  law("reading what was written gives the same run", [] {
    const SavedRun run = any_run();
    const std::string json = to_json(run);
    const SavedRun read = saved_run_from_json(json, "a.json");
    HOLDS(read == run);
    for (std::size_t i = 0; i < run.tape.size(); ++i)
      HOLDS(read.tape[i].point.where == run.tape[i].point.where);
    HOLDS(to_json(read) == json);
  });
}

TEST_CASE("saved run: any bytes are read or refused", "[sim]") {
  const auto survives = [](const std::string& text) {
    const std::string said = run_refusal(text);
    HOLDS((said.empty() || said.starts_with("a.json:")));
  };
  law("any text", [&] { survives(any_text()); });
  law("any bytes", [&] { survives(any_bytes()); });
  law("a file with a part cut out or replaced", [&] {
    std::string text = kExample;
    const auto at = any_number<std::size_t>(text.size());
    const auto length = any_number<std::size_t>(40);
    text.replace(
        at, length,
        any_of<std::string>({hostile_text(), "{", "]", ",", "null", "-1", "1e999", "[[", "\"\""}));
    survives(text);
  });
  survives(std::string(100'000, '['));
}

TEST_CASE("saved run: what is no saved run at all is refused with its place", "[sim]") {
  CHECK(run_refusal("") ==
        "a.json:1: the file is empty; expected JSON as fencepost writes it: restore it, or save "
        "the run again");
  CHECK(run_refusal("\n\nhello\n") ==
        "a.json:3: not JSON from \"h\" on; expected a file as fencepost writes it: restore it, or "
        "save the run again");
  CHECK(run_refusal(std::string(kExample).substr(0, 150)) ==
        "a.json:7: the file is cut off: its JSON ends too early; restore the whole file, or save "
        "the run again");
  CHECK(run_refusal(std::string(kExample).substr(0, 75)) ==
        "a.json:5: the file is cut off: its JSON ends too early; restore the whole file, or save "
        "the run again");
  CHECK(run_refusal("[1]") ==
        "a.json:1: the file is a list, but must be a table: {\"format\": 2, …}: restore the file, "
        "or save the run again");
  CHECK(run_refusal(std::string(17, '[')) ==
        "a.json:1: nested more than 16 deep; no file of fencepost is: restore it, or save the run "
        "again");
  CHECK(run_refusal("{\n}") ==
        "a.json:1: \"format\" is missing; expected a saved run with \"format\": 2: restore the "
        "file, or save the run again");
  CHECK(
      run_refusal("\"format\": 2", "\"format\": 1") ==
      "a.json:2: format 1 says by numbers who goes on, which this fencepost no longer reads: find "
      "the run again from its seed, or replay it with the fencepost that wrote it");
  CHECK(run_refusal("\"format\": 2", "\"format\": 3") ==
        "a.json:2: format 3 is not known; this fencepost reads format 2: take the fencepost that "
        "wrote the file, or find the run again from its seed");
}

TEST_CASE("saved run: keys that are unknown, missing or there twice are named with their line",
          "[sim]") {
  CHECK(run_refusal("\"seed\"", "\"sed\"") ==
        "a.json:9: unknown key \"sed\" in a saved run; known are format, protocol, "
        "protocol_folder, protocol_hash, scenario, scenario_file, scenario_hash, seed, "
        "strategy, property, sentence, until_step, shrunk_from, digest, load, deviations and told; "
        "did you mean \"seed\"?; take it out, or correct it");
  CHECK(run_refusal("  \"until_step\": 27,\n", "") ==
        "a.json:1: \"until_step\" is missing in a saved run: restore the file, or save the run "
        "again");
  CHECK(run_refusal("    \"items\": 4,\n", "") ==
        "a.json:16: \"items\" is missing in load: restore the file, or save the run again");
  CHECK(run_refusal("\"jobs\": 1", "\"workers\": 1") ==
        "a.json:18: key \"workers\" is there twice; leave one of them");
  CHECK(run_refusal("\"at\": \"start\", ", "") ==
        "a.json:26: \"at\" is missing in a deviation: restore the file, or save the run again");
}

TEST_CASE("saved run: values of the wrong type or out of bounds are named with their line",
          "[sim]") {
  CHECK(run_refusal("\"kukuri-fenced\"", "7") ==
        "a.json:3: \"protocol\" in a saved run is 7, but must be a text, or {\"bytes\": \"6aff\"}: "
        "restore the file, or save the run again");
  CHECK(run_refusal("\"kukuri-fenced\"", "{\"bytes\": \"0g\"}") ==
        "a.json:3: \"protocol\" in a saved run is \"0g\", but must be bytes as hexadecimal digits: "
        "restore the file, or save the run again");
  CHECK(
      run_refusal("18446744073709551615", "18446744073709551616") ==
      "a.json:9: \"seed\" in a saved run is a number with a fraction, or too large a one, but must "
      "be a whole number from 0 to 18446744073709551615: restore the file, or save the run again");
  CHECK(run_refusal("targeted_stall", "targeted_stal") ==
        "a.json:10: unknown strategy \"targeted_stal\"; known are random_walk, priorities, "
        "targeted_stall, two_stalls, one_fault and late_start; did you mean \"targeted_stall\"?; "
        "correct it");
  CHECK(run_refusal("27", "-1") ==
        "a.json:13: \"until_step\" in a saved run is -1, but must be a whole number from 0 to "
        "1000000000: restore the file, or save the run again");
  CHECK(run_refusal("27", "true") ==
        "a.json:13: \"until_step\" in a saved run is true, but must be a whole number from 0 to "
        "1000000000: restore the file, or save the run again");
  CHECK(run_refusal("{\"chunk\": \"2\"}", "[]") ==
        "a.json:20: \"constants\" in load is a list, but must be a table such as {\"chunk\": "
        "\"2\"}: restore the file, or save the run again");
  CHECK(run_refusal("1/10", "11/10") ==
        "a.json:21: \"chance\" in slow is \"11/10\", but must be \"0\", \"1\" or a fraction such "
        "as \"1/5\": restore the file, or save the run again");
  CHECK(run_refusal("1.1 lease", "soon") ==
        "a.json:21: a length in slow is \"soon\", but must be such as \"10 s\" or \"1.1 lease\": "
        "restore the file, or save the run again");
  CHECK(run_refusal("-2 s", "--2 s") ==
        "a.json:23: an offset in clock_offsets is \"--2 s\", but must be a length of time such as "
        "\"330.000001 s\": restore the file, or save the run again");
}

TEST_CASE("saved run: what can't be violated, chosen or loaded is refused with what can", "[sim]") {
  const auto says = [](const std::string& refusal, const std::string& part) {
    return refusal.find(part) != std::string::npos;
  };
  const std::string property = run_refusal("fenced_writes.cursor", "fenced_writes.cursr");
  CHECK(property.starts_with("a.json:11: unknown property \"fenced_writes.cursr\"; known are "));
  CHECK(property.ends_with("; did you mean \"fenced_writes.cursor\"?; correct it"));
  CHECK(says(run_refusal("fenced_writes.cursor", "fenced_writes"), "unknown property"));
  CHECK(says(run_refusal("fenced_writes.cursor", "never"), "unknown property"));
  CHECK(run_refusal("fenced_writes.cursor", "never.two_owners").empty());
  const std::string kind = run_refusal("\"stall\"", "\"stal\"");
  CHECK(kind.starts_with("a.json:27: unknown kind \"stal\"; known are next, "));
  CHECK(kind.ends_with("; did you mean \"stall\"?; correct it"));
  CHECK(run_refusal("\"jobs\": 1", "\"jobs\": 0") ==
        "a.json:18: \"jobs\" in load is 0, but must be a whole number from 1 to 10000: restore the "
        "file, or save the run again");
}

TEST_CASE("saved run: mistakes in a deviation are named with their line", "[sim]") {
  CHECK(run_refusal("\"nth\": 11", "\"nth\": -1") ==
        "a.json:27: \"nth\" in a deviation is -1, but must be a whole number from 0 to "
        "9223372036854775807: restore the file, or save the run again");
  CHECK(run_refusal("\"stall.lasts\"", "\"stall\"") ==
        "a.json:28: \"value\" in a deviation is \"330.000001 s\", but must be a whole number from "
        "-9223372036854775808 to 9223372036854775807: restore the file, or save the run again");
  CHECK(run_refusal("305 s", "later") ==
        "a.json:26: \"value\" in a deviation is \"later\", but must be a length of time such as "
        "\"330.000001 s\": restore the file, or save the run again");
  CHECK(run_refusal("\"stall.lasts\", \"nth\": 11, \"at\": \"advance.tally:after\", \"value\": "
                    "\"330.000001 s\"",
                    "\"stall\", \"nth\": 11, \"at\": \"\", \"value\": 1") ==
        "a.json:28: choice \"w1\" of kind \"stall\" and nth 11 is answered twice; leave one of the "
        "deviations");
  CHECK(run_refusal("\"w1/main at the barrier\"", "202") ==
        "a.json:29: \"value\" in a deviation is 202, but must be a text, or {\"bytes\": \"6aff\"}: "
        "restore the file, or save the run again");
  CHECK(
      run_refusal("\"w1/main at the barrier\"", "\"\"") ==
      "a.json:29: \"value\" in a deviation is \"\", but must be a name such as \"w1\": restore the "
      "file, or save the run again");
}

}  // namespace fencepost
