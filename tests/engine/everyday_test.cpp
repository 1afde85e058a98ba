// Queues as people write them, each beside itself with one mistake: the right one violates nothing,
// the wrong one what it is about.
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "model/properties/property.hpp"
#include "sim/search/strategies.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

/// Of a text that stands in one of the queue's files.
struct Edit {
  std::string from, to;
};
using Edits = std::vector<Edit>;

/// examples/queue with these edits, each of which must meet something.
void write_queue(const Edits& edits, const InputFolder& folder) {
  std::map<std::string, std::string> files;
  for (const char* const name : {"schema.sql", "queries.sql", "fencepost.sql", "protocol.toml"}) {
    std::ifstream in(std::filesystem::path(FENCEPOST_SOURCE_DIR) / "examples" / "queue" / name);
    files[name] = {std::istreambuf_iterator<char>(in), {}};
  }
  for (const Edit& edit : edits) {
    bool met = false;
    for (auto& [name, text] : files)
      for (std::size_t at = text.find(edit.from); at != text.npos;
           at = text.find(edit.from, at + edit.to.size())) {
        text.replace(at, edit.from.size(), edit.to);
        met = true;
      }
    INFO(edit.from);
    REQUIRE(met);
  }
  for (const auto& [name, text] : files) std::ofstream(folder.path() / name) << text;
}

/// How many of the first twelve histories came to each outcome, by property.
std::map<std::string, std::map<Outcome, int>> outcomes_of(Edits edits, const Edits& more,
                                                          const std::string& scenario) {
  edits.insert(edits.end(), more.begin(), more.end());
  InputFolder folder;
  write_queue(edits, folder);
  const Protocol protocol = read_protocol(folder.path());
  const Scenario read = folder.scenario(scenario);
  Simulation& simulation = shared_simulation();
  simulation.load(protocol);
  std::map<std::string, std::map<Outcome, int>> outcomes;
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    for (const Judgement& each : judge_all(simulation.run(read, *portfolio(seed).make(seed))))
      ++outcomes[std::string(each.property->name)][each.verdict.outcome];
  return outcomes;
}
std::set<std::string> violated(const Edits& shape, const Edits& more, const std::string& scenario) {
  std::set<std::string> names;
  for (const auto& [property, outcomes] : outcomes_of(shape, more, scenario))
    if (outcomes.contains(Outcome::violated)) names.insert(property);
  return names;
}

const std::set<std::string> kNothing;

TEST_CASE("everyday: what is let go can be claimed before a lease of four hours would have ended",
          "[sim]") {
  const Edits shape = {
      {"interval '30 s'", "interval '4 h'"},
      {"lasts = \"30s\"", "lasts = \"4h\""},
      {"state = 'ready' OR (state = 'running' AND lease_until <= clock_timestamp())",
       "state <> 'done' AND COALESCE(lease_until, '-infinity') <= clock_timestamp()"},
      {"claim AS token, lease_until",
       "claim AS token, CASE state WHEN 'running' THEN lease_until END AS lease_until"}};
  const Edits left = {
      {"state = 'ready', owner = NULL, lease_until = NULL", "state = 'ready', owner = NULL"}};
  const std::string scenario =
      "[faults.connection_lost]\nat = [\"succeed.*:before\"]\nchance = \"1/2\"\nat_most = 1\n";
  CHECK(violated(shape, {}, scenario) == kNothing);
  CHECK(violated(shape, left, scenario) == std::set<std::string>{"job_not_stuck"});
}

TEST_CASE("everyday: work that outlasts a lease which nobody renews is found, or said to be meant",
          "[sim]") {
  const Edits shape = {
      {"[role.worker.heartbeat] # runs beside the work, on a session of its own\n"
       "every = \"10s\"\nsession = \"beat\"\n"
       "program = [{ run = \"renew_lease\", empty = \"lost\" }]\n",
       ""}};
  const Edits meant = {{"lasts = \"30s\" ", "may_run_out = true\nlasts = \"30s\" "}};
  const std::string scenario = "[load]\nslow = { chance = \"9/10\", lasts = [\"1.1 lease\"] }\n";
  CHECK(violated(shape, {}, scenario) == std::set<std::string>{"healthy_keeps_lease"});
  CHECK(violated(shape, meant, scenario) == kNothing);
}

TEST_CASE("everyday: who can't renew while the work goes on gives it up by its own clock",
          "[sim]") {
  const Edits shape = {
      {"{ work = \"10s\" }", "{ work = \"90s\" }"},
      {"lasts = \"30s\" ", "strict = true\nnotices_within = \"20s\"\nlasts = \"30s\" "}};
  const Edits trusts = {{"notices_within", "trust = \"20s\"\nnotices_within"}};
  const std::string scenario =
      "[load]\nworkers = 2\n[faults.too_many_connections]\nchance = \"1/4\"\nat_most = 1\nlasts = "
      "[\"2.1 lease\"]\n[faults.terminate]\nat = [\"heartbeat.*:before\"]\nchance = \"1/2\"\n";
  CHECK(violated(shape, {}, scenario) == std::set<std::string>{"belief_ends", "single_owner"});
  CHECK(violated(shape, trusts, scenario) == kNothing);
}

TEST_CASE("everyday: numbers that roll over prove nothing", "[sim]") {
  const Edits shape = {{"claim uuid, ", "claim int NOT NULL DEFAULT 0, "}};
  const std::string scenario = "[load]\nitems = 1\npoison = 1\n";
  const auto by = [](const std::string& next) { return Edits{{"gen_random_uuid()", next}}; };
  CHECK(violated(shape, by("claim + 1"), scenario) == kNothing);
  CHECK(violated(shape, by("(claim + 1) % 2"), scenario).contains("token_order"));
}

// One role's workers are busy for long while the other's are free.
TEST_CASE("everyday: two roles that claim different jobs wait for nobody's", "[sim]") {
  const auto roles = [](const std::string& other) {
    return Edits{
        {"[role.worker]\n",
         "[role.quick]\ncount = 1\npoll = \"5s\"\nprogram = [\"claim\", \"succeed\"]\n"
         "claim = [{ run = \"claim_job\", with = { rest = \"=0\" }, empty = \"nothing\" }]\n"
         "succeed = [{ run = \"finish_job\", empty = \"lost\" }]\n[role.worker]\ncount = 1\n"},
        {"[{ run = \"claim_job\", empty",
         "[{ run = \"claim_job\", with = { rest = \"=" + other + "\" }, empty"},
        {"work = \"10s\"", "work = \"10min\""},
        {"SELECT id FROM jobs\n              WHERE state = 'ready' OR (",
         "SELECT id FROM jobs\n              WHERE id % 2 = @rest::int AND (state = 'ready' OR ("},
        {"<= clock_timestamp())\n", "<= clock_timestamp()))\n"}};
  };
  const std::string quiet = "[load]\njobs = 3\n",
                    stops = "[faults.graceful_stop]\nchance = \"1/4\"\n";
  CHECK(violated(roles("1"), {}, quiet) == kNothing);
  CHECK(violated(roles("1"), {}, quiet + stops + "restarts = false\n") == kNothing);
  CHECK(violated(roles("0"), {}, quiet) == std::set<std::string>{"job_not_stuck"});
}

TEST_CASE("everyday: work that is never listed is not known to be done", "[sim]") {
  const auto listing = [](const std::string& state) {
    return Edits{{"-- name: insert_job",
                  "-- name: applied :many\nSELECT id AS job, 'all' AS item, 1 AS count FROM jobs "
                  "WHERE state = '" +
                      state + "';\n-- name: insert_job"}};
  };
  const auto judged = [&](const std::string& state) {
    return outcomes_of({}, listing(state), "")["work_applied"];
  };
  CHECK(judged("done") == std::map<Outcome, int>{{Outcome::holds, 12}});
  CHECK(judged("finished") == std::map<Outcome, int>{{Outcome::open, 12}});
}

}  // namespace
}  // namespace fencepost
