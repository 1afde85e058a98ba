#include "sim/recording/recorder.hpp"

#include <algorithm>

#include "sim/recording/record.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

ServerAnswer answer_of(const std::string& column, const std::vector<std::string>& values) {
  ServerAnswer answer;
  answer.rows = static_cast<int>(values.size());
  for (const std::string& value : values) answer.values.emplace_back(column, value);
  return answer;
}

const std::string kClaim = "SELECT id FROM public.jobs LIMIT 1";
const std::string kEnd = "UPDATE jobs SET state = $2 WHERE id = $1 AND note = $3";

}  // namespace

TEST_CASE("recorder: a parameter's source is the answer that had its value every time",
          "[recording]") {
  Recording recording;
  Recorder& recorder = recording.recorder;
  for (const std::string job : {"5", "7"}) {
    recorder.sent(1, {{"BEGIN; " + kClaim + "; COMMIT", {}}});
    recorder.answered(1, answer_of("id", {job}));
    recorder.sent(1, {{kEnd, {job, "done", "n" + job}}});
    CHECK_FALSE(recorder.end_round(true));
  }
  REQUIRE(recorder.statements().size() == 2);
  CHECK(recorder.statements()[0].name == "select_jobs");
  CHECK(recorder.statements()[0].returns_rows);
  const RecordedStatement& end = recorder.statements()[1];
  CHECK(end.name == "update_jobs");
  CHECK(end.parameters[0].sources == std::set<std::string>{"id of select_jobs"});
  CHECK(end.parameters[1].is_constant(end.times));
  CHECK_FALSE(end.parameters[2].is_constant(end.times));
  CHECK(recorder.rounds() ==
        std::vector<std::pair<std::string, int>>{{"BEGIN, select_jobs, COMMIT, update_jobs", 2}});
  const std::string statements = recorded_statements(recording);
  CHECK(contains(statements, "\n-- name: select_jobs :many\n" + kClaim + ";\n"));
  CHECK(contains(statements,
                 "\n-- name: update_jobs :execrows\n"
                 "UPDATE jobs SET state = 'done' WHERE id = $1 AND note = $2;\n"));
  const std::string text = recording_text(recording);
  CHECK(
      contains(text, "    $1   id of select_jobs\n    $2   always done\n    $3   ? was n5, n7\n"));
  CHECK(contains(text, "  BEGIN, select_jobs, COMMIT, update_jobs  (2 times)\n"));
}

TEST_CASE("recorder: an array's source has each of its elements, and null is a constant",
          "[recording]") {
  Recording recording;
  Recorder& recorder = recording.recorder;
  for (int i = 0; i < 2; ++i) {
    recorder.sent(1, {{"CREATE TABLE jobs (id int)", {}}, {kClaim, {}}});
    recorder.answered(1, answer_of("id", {"a b", "c", "d"}));
    recorder.sent(1, {{"DELETE FROM jobs WHERE id = ANY ($1) AND note IS NOT DISTINCT FROM $2",
                       {i == 0 ? "{\"a b\",d}" : "{c}", "null"}}});
  }
  CHECK(recorder.definitions().size() == 2);
  CHECK(recorded_schema(recording) ==
        "CREATE TABLE jobs (id int);\n\nCREATE TABLE jobs (id int);\n\n");
  CHECK(recorder.statements()[1].parameters[0].sources ==
        std::set<std::string>{"id of select_jobs"});
  CHECK(contains(recorded_statements(recording),
                 "WHERE id = ANY ($1) AND note IS NOT DISTINCT FROM NULL;"));
}

TEST_CASE("recorder: a worker is idle after three rounds that are alike and change nothing",
          "[recording]") {
  Recorder recorder;
  const auto round = [&](const std::string& sql, bool wrote) {
    recorder.sent(1, {{sql, {}}});
    return recorder.end_round(wrote);
  };
  CHECK_FALSE(round(kClaim, true));
  CHECK_FALSE(round(kClaim, false));
  CHECK_FALSE(round(kClaim, true));
  CHECK_FALSE(round(kClaim, false));
  CHECK(round(kClaim, false));
  CHECK(recorder.end_round(false));
  CHECK_FALSE(round("SELECT 1", false));
  CHECK(recorder.statements().back().name == "select");
}

TEST_CASE("record: a real worker's statements become a query file that init reads", "[recording]") {
  const CliFolder folder;
  folder.write("schema.sql",
               "CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL DEFAULT 'ready' CHECK "
               "(state IN ('ready', 'running', 'done')), token uuid, heard_at timestamptz);\n"
               "CREATE TABLE checkpoints (job int REFERENCES jobs, cursor int);\n"
               "CREATE TABLE items (id int);\n");
  folder.write("work.sql",
               "INSERT INTO jobs (id) VALUES (1), (2);\nINSERT INTO checkpoints VALUES (1, 0), (2, "
               "0);\nINSERT INTO items SELECT generate_series(1, 6);\n");
  RecordOptions options;
  options.schema = {(folder.path() / "schema.sql").string()};
  options.enqueue = {(folder.path() / "work.sql").string()};
  options.command = {FENCEPOST_WORKER};
  const Recording recording = record(options);
  CHECK(recording.is_idle);
  CHECK_FALSE(recording.status);
  CHECK(recording.lasted > 60s);
  CHECK(recording.strange.empty());
  std::string names, unknown;
  for (const RecordedStatement& each : recording.recorder.statements()) {
    names += each.name + " ";
    for (std::size_t i = 0; i < each.parameters.size(); ++i)
      if (each.parameters[i].sources.empty()) unknown += each.name + std::to_string(i + 1) + " ";
  }
  CHECK(names ==
        "select_jobs update_jobs select_items update_checkpoints update_jobs_2 update_jobs_3 ");
  // Where the worker begins is its own: a cursor of 0.
  CHECK(unknown == "select_items1 ");
  CHECK(record(options).lines == recording.lines);
}

TEST_CASE("record: processes of a worker that run beside each other are the same every time",
          "[recording]") {
  const CliFolder folder;
  folder.write("schema.sql",
               "CREATE TABLE jobs (id int PRIMARY KEY, state text);\n"
               "INSERT INTO jobs VALUES (1, ''), (2, '');\n");
  folder.write(
      "worker.sh",
      "both() { psql -X -qAt -c BEGIN -c \"UPDATE jobs SET state = '$1' WHERE id = $1\" -c "
      "'SELECT pg_sleep(5), gen_random_uuid()' -c \"UPDATE jobs SET state = '$1' WHERE id = "
      "$2\" -c COMMIT; }\nboth 1 2 &\nboth 2 1 &\nwait\n");
  RecordOptions options;
  options.schema = {(folder.path() / "schema.sql").string()};
  options.command = {"sh", (folder.path() / "worker.sh").string()};
  const std::vector<std::string> lines = record(options).lines;
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return contains(line, "ERROR 40P01 deadlock detected");
        }) == 1);
  for (int i = 0; i < 5; ++i) CHECK(record(options).lines == lines);
}

TEST_CASE("record: a worker that is not there, never connects, or talks to others is told so",
          "[recording]") {
  RecordOptions options;
  const auto refused = [&](std::vector<std::string> command) -> std::string {
    options.command = std::move(command);
    try {
      record(options);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  CHECK(
      contains(refused({"./not-there"}), "the worker ./not-there can't be started: No such file"));
  CHECK(contains(
      refused({"sh", "-c", "echo hello; exit 3"}),
      "sh ran no statement and ended with status 3; let it connect to what DATABASE_URL or "
      "PGHOST say, without TLS; it printed this: hello"));
  CHECK(contains(refused({"sleep", "100000"}), "sleep ran no statement; "));
  const std::string elsewhere = refused({"psql", "-h", "127.0.0.1", "-p", "1", "-c", "SELECT 1"});
  CHECK(contains(elsewhere, "it also talks to 127.0.0.1:1, which was refused"));
  options.command = {"psql", "-c", "SELECT missing"};
  const std::string text = recording_text(record(options));
  CHECK(contains(text, "and ended with status 1\n"));
  CHECK(contains(text, "    ERROR 42703 column \"missing\" does not exist\n"));
  CHECK(contains(text, "it printed this last:\nERROR:  column \"missing\" does not exist\n"));
}

}  // namespace fencepost
