// Observing: what observe, applied and `:never` may not do is told in a sentence, and how often the
// state is looked at changes no history.
#include <fstream>
#include <iterator>

#include "model/properties/property.hpp"
#include "sim/search/strategies.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

/// tests/protocols/minimal with one text instead of another in any of its files, and more queries.
void write_observed(InputFolder& folder, const std::string& from, const std::string& to,
                    const std::string& more = "") {
  for (const char* name : {"protocol.toml", "queries.sql", "schema.sql"}) {
    std::ifstream in(beside_the_tests("protocols/minimal") / name);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (const std::size_t at = text.find(from); at != std::string::npos)
      text.replace(at, from.size(), to);
    folder.file(name, text + (name == std::string("queries.sql") ? more : ""));
  }
}

History play_observed(const InputFolder& folder, std::uint64_t seed, const std::string& scenario) {
  const Protocol protocol = read_protocol(folder.path());
  Simulation& simulation = shared_simulation();
  simulation.load(protocol);
  const Scenario read = InputFolder().scenario("[load]\nworkers = 2\njobs = 2\n" + scenario);
  History history = simulation.run(read, *portfolio(seed).make(seed));
  // The next one finds nothing of what was read by half.
  CHECK(digest(simulation.run(read, *portfolio(seed).make(seed))) == digest(history));
  return history;
}

/// What is told of the protocol whose queries are so.
std::string told_of(const std::string& from, const std::string& to, const std::string& more = "") {
  InputFolder folder;
  write_observed(folder, from, to, more);
  History history;
  std::string text = folder.refusal([&](const auto&) { history = play_observed(folder, 1, ""); });
  for (const Event& event : history.events)
    if (event.note == kUnanswered) text = event.message;
  return text.substr(text.find(": ") + 2);
}

TEST_CASE("observing: a statement that does more than look is refused", "[sim]") {
  const auto only_to_look = [](const std::string& what) {
    return "observe " + what + "; it is only to look, at any moment: leave that out";
  };
  CHECK(told_of("epoch AS token", "random() AS token") ==
        only_to_look("calls random, and answers differently though nothing has changed"));
  CHECK(told_of("epoch AS token", "pg_sleep(1)::text AS token") ==
        only_to_look("calls pg_sleep, and would wait for ever"));
  CHECK(told_of("  FROM tasks;", "  FROM tasks FOR UPDATE;") ==
        only_to_look("locks rows, and would wait for those who hold them"));
  CHECK(told_of("SELECT task AS job",
                "WITH x AS (DELETE FROM tasks WHERE done) SELECT task AS job") ==
        only_to_look("writes"));
  CHECK(told_of("", "", "-- name: none :never\nSELECT 1 FROM tasks WHERE random() > 2;\n") ==
        "none calls random, and answers differently though nothing has changed; it is only to "
        "look, at any moment: leave that out");
}
TEST_CASE("observing: a statement that fails on what a history left is named", "[sim]") {
  const std::string failed =
      " failed on what a history had in its tables: division by zero (SQLSTATE 22012); it must "
      "answer in every committed state";
  const std::string once_done = "1 / CASE WHEN done THEN 0 ELSE 1 END";
  CHECK(told_of("epoch AS token", once_done + " AS token") == "observe" + failed);
  CHECK(told_of("", "",
                "-- name: applied :many\nSELECT task AS job, task AS item, " + once_done +
                    " AS count FROM tasks;\n") == "applied" + failed);
  CHECK(
      told_of("", "", "-- name: none :never\nSELECT 1 FROM tasks WHERE " + once_done + " > 1;\n") ==
      "none" + failed);
}
TEST_CASE("observing: a row without a job, and a lease that is no time, are named", "[sim]") {
  CHECK(told_of("task AS job", "CASE WHEN done THEN NULL ELSE task END AS job") ==
        "observe returned a row without a job (null); name it, or leave the row out");
  CHECK(told_of("until AS lease_until", "until::text AS lease_until") ==
        "observe returns lease_until in a type that is neither timestamptz nor timestamp; cast it "
        "(for seconds: to_timestamp(…))");
}

/// What that property says of a quiet day with such an observe.
std::string told_by(const std::string& property, const std::string& from, const std::string& to) {
  InputFolder folder;
  write_observed(folder, from, to);
  for (const Judgement& judgement : judge_all(play_observed(folder, 1, "")))
    if (judgement.property->name == property && !judgement.verdict.violations.empty())
      return judgement.verdict.violations.front().sentence;
  return "";
}
TEST_CASE("observing: an owner that observe hides is missed", "[sim]") {
  const std::string by_w1 = " w1 ran claim.take_task at 0.000001 s";
  CHECK(told_by("job_not_lost", "  FROM tasks;", "  FROM tasks WHERE done OR epoch = 0;") ==
        "job 1 disappeared when" + by_w1);
  CHECK(told_by("belief_granted", "WHEN epoch = 0 THEN 'ready' ELSE 'owned'", "ELSE 'ready'") !=
        "");
}

// Of a session's lease the state is looked at after every statement and whenever a session ends.
TEST_CASE("observing: looking more often changes no digest", "[sim]") {
  InputFolder seldom, often;
  write_observed(seldom, "", "");
  write_observed(often, "[lease]", "[lease]\nkind = \"session\"");
  const std::string faults =
      "[faults.crash]\nchance = \"1/10\"\nat_most = 1\nlasts = [\"1s\"]\n[faults.stall]\nchance = "
      "\"1/5\"\nat_most = 2\nlasts = [\"1.1 lease\"]\n[faults.terminate]\nchance = "
      "\"1/10\"\nat_most = 1\n";
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    CHECK(digest(play_observed(often, seed, faults)) ==
          digest(play_observed(seldom, seed, faults)));
}

}  // namespace
}  // namespace fencepost
