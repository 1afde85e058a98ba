// What is exported is run by PostgreSQL's own programs, on a server that lives in real time, and
// must end in the state in which the history ended.
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "sim/database/raw_query.hpp"
#include "sim/database/timestamp.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/run_file.hpp"
#include "sim/server/cluster.hpp"
#include "sim/server/find_postgres.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/words.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::map<std::string, std::string>>;

/// A private server in real time; each script has a database of its own.
class RealServer {
 public:
  // Scripts call their own server by dblink, which one that is contained does not let them.
  RealServer() : cluster_(free_to_call()) { cluster_.clock().return_to_real_time(); }

  std::string new_database() {
    const std::string name = "story_" + std::to_string(++databases_);
    PGconn* connection = PQconnectdb(cluster_.conninfo("postgres").c_str());
    REQUIRE(PQstatus(connection) == CONNECTION_OK);
    const RawResult result = raw_query(connection, "CREATE DATABASE " + name);
    CHECK_FALSE(error_of(connection, result.get()));
    PQfinish(connection);
    return cluster_.conninfo(name);
  }

 private:
  static ClusterOptions free_to_call() {
    ClusterOptions options;
    options.contained = false;
    return options;
  }
  Cluster cluster_;
  int databases_ = 0;
};

RealServer& real_server() {
  static RealServer server;
  return server;
}

/// Its output and errors; the status must be 0.
std::string output_of(const std::string& command) {
  const std::string file = "/tmp/export-test-" + std::to_string(getpid());
  const int status = std::system((command + " >" + file + " 2>&1").c_str());
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  fs::remove(file);
  INFO(command << "\n" << text.str());
  REQUIRE(status == 0);
  return text.str();
}

std::string program(const std::string& below_the_server) {
  const fs::path file = fs::canonical(find_postgres(usual_postgres_folders()).bin / "postgres")
                            .parent_path()
                            .parent_path() /
                        below_the_server;
  INFO("missing: " << file << "; on Debian it is in the package postgresql-client-VERSION");
  REQUIRE(fs::exists(file));
  return file.string();
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream stream(line + "|");
  for (std::string cell; std::getline(stream, cell, '|');) out.push_back(trimmed(cell));
  return out;
}

/// The table that stands behind the last step with that name.
Rows last_table(const std::string& output, const std::string& step) {
  Rows rows;
  const std::size_t begin = output.rfind(step);
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(output.substr(begin));
  std::vector<std::string> header;
  for (std::string line, before; std::getline(lines, line); before = line) {
    if (header.empty() && line.find("-+-") != std::string::npos) {
      header = cells(before);
    } else if (!header.empty()) {
      if (line.starts_with("(")) break;
      const auto values = cells(line);
      std::map<std::string, std::string>& row = rows.emplace_back();
      for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = values.at(i);
    }
  }
  return rows;
}

/// The history's last word on every job, up to the violation.
std::map<std::string, JobRecord> end_of(const fs::path& file) {
  const LoadedRun loaded = load_run(file, Gallery(FENCEPOST_SOURCE_DIR), Versions::must_match);
  Lane lane(ClusterOptions{});
  const Played played =
      replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run);
  const Violation* violation = violation_of(played.judgements, loaded.run.property);
  REQUIRE((violation != nullptr || loaded.run.property.empty()));
  std::map<std::string, JobRecord> jobs;
  for (const Event& event : played.history.events) {
    if (violation != nullptr && event.step > violation->step) break;
    if (event.kind != EventKind::changed) continue;
    jobs.erase(event.job.text);
    if (event.after) jobs[event.job.text] = *event.after;
  }
  return jobs;
}

std::string text(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "";
}

void check_same(const std::map<std::string, JobRecord>& jobs, const Rows& rows) {
  REQUIRE(rows.size() == jobs.size());
  REQUIRE_FALSE(rows.empty());
  for (const auto& row : rows) {
    const JobRecord& job = jobs.at(row.at("job"));
    CHECK(row.at("state") == to_text(job.state));
    if (row.contains("token")) CHECK(row.at("token") == job.token.value_or(""));
    if (row.contains("progress")) CHECK(row.at("progress") == text(job.progress));
    if (row.contains("cursor")) CHECK(row.at("cursor") == text(job.cursor));
    if (row.contains("attempts")) CHECK(row.at("attempts") == text(job.attempts));
    if (row.contains("lease_until"))
      CHECK(instant_from_timestamp(row.at("lease_until")) == job.lease_until);
  }
}

struct Story {
  std::string protocol, scenario;
  int seed = 1;
  std::string property;  ///< empty: the whole run
};

/// Both forms of a story, run; the output of isolationtester.
std::string check_story(const Story& story) {
  CAPTURE(story.protocol, story.scenario, story.property);
  const CliFolder folder;
  folder.run("run " + story.protocol + " " + story.scenario + " --seed " +
             std::to_string(story.seed) + " --save r.json");
  folder.edit("r.json", "\"property\": \"\"", "\"property\": \"" + story.property + "\"");
  REQUIRE(folder.run("export --spec r.json --out r.spec").status == 0);
  REQUIRE(folder.run("export --sql r.json --out r.sql").status == 0);
  const auto jobs = end_of(folder.path() / "r.json");
  const std::string spec = output_of(program("lib/pgxs/src/test/isolation/isolationtester") + " " +
                                     for_shell(real_server().new_database()) + " <" +
                                     (folder.path() / "r.spec").string());
  check_same(jobs, last_table(spec, "step observe_"));
  const std::string script =
      output_of(program("bin/psql") + " -X -d " + for_shell(real_server().new_database()) + " -f " +
                (folder.path() / "r.sql").string());
  check_same(jobs, last_table(script, "\nobserve_"));
  return spec;
}

TEST_CASE("export: the checkpoint falls back in isolationtester and psql as in the history",
          "[export]") {
  const std::string spec =
      check_story({"kukuri-fenced", "stall-past-lease", 10, "progress_monotone.cursor"});
  CHECK(spec.find("ERROR") == std::string::npos);
}

TEST_CASE("export: so does a resumed worker's unfenced write", "[export]") {
  check_story({"kukuri-unfenced", "stall-past-lease", 17, "fenced_writes.progress"});
}

TEST_CASE("export: a crashed owner's job stays stuck", "[export]") {
  check_story({"kukuri-before", "half-open-crash", 14, "job_not_stuck"});
}

TEST_CASE("export: a terminal state does not stick", "[export]") {
  check_story({"kukuri-unfenced", "everything-at-once", 20, "terminal_sticks"});
}

TEST_CASE("export: exactly one form is asked for, and the output must be writable", "[export]") {
  const CliFolder folder;
  folder.run("run kukuri-fenced quiet-day --seed 1 --save r.json");
  CHECK(folder.run("export r.json").status == 2);
  CHECK(folder.run("export --spec --sql r.json").status == 2);
  const Ran ran = folder.run("export --sql r.json --out no/such/folder.sql");
  CHECK(ran.status == 2);
  CHECK(
      ran.err ==
      "fencepost: --out is no/such/folder.sql, which can't be written (No such file or directory); "
      "make its folder, or name another file\n");
}

}  // namespace
}  // namespace fencepost
