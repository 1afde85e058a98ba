// Polls that are left out: the history is the one in which all are played, without them.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

std::string file_text(const std::string& file) {
  std::ifstream in(beside_the_tests("protocols/long_poll_hidden/" + file));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

/// The first dies before it is done; its lease shows in no observed column.
struct Hidden {
  std::string lease = "12 hours";
  std::string role = "poll = \"1s\"";
  std::string more{};  ///< roles
  std::string scenario =
      "[load]\nworkers = 3\n[faults.crash]\nat = [\"succeed.*:before\"]\nchance = \"1/2\"\n"
      "restarts = false\nat_most = 2\n";

  History play(const Tape& tape, Until until = {}) const {
    InputFolder folder;
    folder.file("schema.sql", file_text("schema.sql"))
        .file("queries.sql", replaced(file_text("queries.sql"), "12 hours", lease) +
                                 "\n-- name: left_alone :many\nSELECT id FROM tasks WHERE state = "
                                 "'running' AND taken_at < clock_timestamp() - interval '9 min';\n")
        .file("protocol.toml", replaced(replaced(file_text("protocol.toml"), "poll = \"1s\"", role),
                                        "12h", lease == "12 hours" ? "12h" : "10min") +
                                   more);
    const Protocol protocol = read_protocol(folder.path());
    Simulation& simulation = shared_simulation();
    simulation.load(protocol);
    const Scenario read = folder.scenario(scenario);
    TapeChoices choices(tape);
    return simulation.run(read, choices, until);
  }
};

Tape crash(const std::string& who, std::int64_t nth) { return {{{"crash", who, nth, ""}, 1}}; }

/// All but statements that came to nothing, with their times.
std::string told(const History& history) {
  std::string text;
  for (const Event& event : history.events)
    if (event.kind != EventKind::statement || event.committed)
      text += fmt::format("{} {} {} {}\n", to_text(event.at), to_text(event.kind),
                          event.worker.text, event.result);
  return text;
}

int statements(const History& history) {
  return static_cast<int>(
      std::count_if(history.events.begin(), history.events.end(),
                    [](const Event& event) { return event.kind == EventKind::statement; }));
}

Instant second_grant(const History& history) {
  int grants = 0;
  for (const Event& event : history.events)
    if (event.kind == EventKind::granted && ++grants == 2) return event.at;
  return {};
}

// w1 stood twice before a crash at its claim: before, and after its commit.
constexpr std::int64_t kBeforeSuccess = 2;

TEST_CASE("gallop: a history without its polls is the one in which all are played", "[sim]") {
  const Hidden fast{"10 minutes", "poll = \"1s\""};
  const Hidden slow{"10 minutes", "poll = \"1s\"\nskip = false"};
  const History galloped = fast.play(crash("w1", kBeforeSuccess));
  const History played = slow.play(crash("w1", kBeforeSuccess));
  CHECK(second_grant(played) > Instant{10min});
  CHECK(second_grant(played) < Instant{10min + 1s});
  CHECK(told(galloped) == told(played));
  CHECK(statements(played) > 1200);
  CHECK(statements(galloped) < 120);
}

TEST_CASE("gallop: the first poll that can find a job does, after twelve hours that nothing shows",
          "[sim]") {
  const Hidden hidden;
  const History history = hidden.play(crash("w1", kBeforeSuccess));
  CHECK(second_grant(history) > Instant{12h});
  CHECK(second_grant(history) < Instant{12h + 1s});
  CHECK(statements(history) < 200);
  CHECK(digest(hidden.play(crash("w1", kBeforeSuccess))) == digest(history));
}

TEST_CASE("gallop: a choice behind polls that were left out keeps its number", "[sim]") {
  const Hidden fast{"10 minutes", "poll = \"1s\""};
  const Hidden slow{"10 minutes", "poll = \"1s\"\nskip = false"};
  const History once = slow.play(crash("w1", kBeforeSuccess));
  // The second to claim dies, too, at the boundary that has this number when all polls are played.
  std::string who;
  std::int64_t stood = 0;
  for (const Event& event : once.events)
    if (event.kind == EventKind::granted) who = event.worker.text;
  for (const Event& event : once.events) {
    if (event.kind == EventKind::granted && event.worker.text == who) break;
    if (event.kind == EventKind::statement && event.worker.text == who) stood += 2;
  }
  Tape tape = crash("w1", kBeforeSuccess);
  tape.push_back(crash(who, stood).front());
  const History played = slow.play(tape);
  CHECK(std::count_if(played.events.begin(), played.events.end(),
                      [](const Event& event) { return event.kind == EventKind::fault; }) == 2);
  CHECK(told(fast.play(tape)) == told(played));
}

TEST_CASE("gallop: one who sleeps within his rounds is waited for, and then galloped over",
          "[sim]") {
  const std::string sweeps =
      "poll = \"1s\"SKIP\n[role.sweeper]\ncount = 1\nevery = \"40s\"SKIP\nprogram = [\"sweep\"]\n"
      "sweep = [{ run = \"left_alone\", empty = \"ok\" }]\n[role.worker]\n";
  const auto with = [&](const std::string& skip) {
    const std::string roles = replaced(sweeps, "SKIP", skip);
    const std::size_t at = roles.find("[role.sweeper]"), end = roles.find("[role.worker]");
    return Hidden{"10 minutes", roles.substr(0, at), roles.substr(at, end - at)};
  };
  const History galloped = with("").play(crash("w1", kBeforeSuccess));
  const History played = with("\nskip = false").play(crash("w1", kBeforeSuccess));
  CHECK(told(galloped) == told(played));
  CHECK(statements(galloped) < 200);
}

// What he was told while a fault lasted says nothing of what he would be told now. It ends here as
// he waits to connect again.
TEST_CASE("gallop: nobody leaps before he has polled behind what came", "[sim]") {
  const std::string refused =
      "[load]\nworkers = 2\njobs = 2\n[faults.connection_lost]\nchance = \"1/2\"\n"
      "[faults.too_many_connections]\nchance = \"1/2\"\n"
      "[faults.crash]\nchance = \"1/2\"\nrestarts = false\n";
  const Tape tape = {{{"connection_lost", "w1", 0, ""}, 1},
                     {{"too_many_connections", "w2", 0, ""}, 1},
                     {{"too_many_connections.lasts", "w2", 0, ""}, 331'000'000},
                     {{"crash", "w2", 1, ""}, 1}};
  const History galloped = Hidden{"10 minutes", "poll = \"1s\"", "", refused}.play(tape);
  const History played =
      Hidden{"10 minutes", "poll = \"1s\"\nskip = false", "", refused}.play(tape);
  CHECK(told(galloped) == told(played));
  CHECK(statements(played) > 300);
  CHECK(statements(galloped) < 100);
}

TEST_CASE("gallop: a run that ends early is the beginning of the whole one", "[sim]") {
  const Hidden fast{"10 minutes", "poll = \"1s\""};
  const History whole = fast.play(crash("w1", kBeforeSuccess));
  for (const int step : {20, 30, 45}) {
    const History part = fast.play(crash("w1", kBeforeSuccess), Until{step});
    REQUIRE(part.events.size() > 1);
    for (std::size_t i = 0; i + 1 < part.events.size(); ++i)
      REQUIRE(part.events[i].at == whole.events[i].at);
  }
}

}  // namespace
}  // namespace fencepost
