// What is taken of answers, and what is guessed of queues of a few lines.
#include <fmt/format.h>

#include <algorithm>

#include "sim/init/written.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

constexpr const char* kJobs =
    "CREATE TABLE jobs (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new', owner text, "
    "until timestamptz, attempts int NOT NULL DEFAULT 0);";

/// A claim that looks for jobs of which this is true, too, and an end.
std::string queries(const std::string& condition, const std::string& end = "id = @id") {
  return "-- name: claim_job :one\nUPDATE jobs SET state = 'running', owner = @worker, until = "
         "now() "
         "+ interval '30 s', attempts = attempts + 1 WHERE id = (SELECT id FROM jobs WHERE state = "
         "'new' AND " +
         condition +
         " LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, attempts;\n"
         "-- name: renew :execrows\nUPDATE jobs SET until = now() + interval '30 s' WHERE id = @id "
         "AND attempts = @attempts;\n"
         "-- name: finish_job :execrows\nUPDATE jobs SET state = 'done' WHERE " +
         end + " AND attempts = @attempts;\n";
}
InitFiles files_of(const std::string& schema, const std::string& sql) {
  return init_files_of({schema}, statements_of(sql, "queries.sql"));
}
/// How an answer is told.
std::string told(const InitFiles& files, const std::string& subject, const std::string& answer) {
  try {
    for (const Guess& each : guess_queue(files, {{subject, answer}}).guesses)
      if (each.subject == subject)
        return fmt::format("{}{} ({})", each.question.empty() ? "" : "? ", each.value, each.reason);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}
std::int64_t most_attempts(const std::string& condition, const Answers& answers = {}) {
  return guess_queue(files_of(kJobs, queries(condition)), answers).most_attempts.value_or(0);
}
/// What is written of a leader whose row has such a key.
std::string leader_rows(const std::string& key) {
  const InitFiles files = files_of(
      fmt::format("CREATE TABLE leases (\"the key\" {} PRIMARY KEY, holder text, until timestamptz "
                  "DEFAULT now(), "
                  "epoch bigint NOT NULL DEFAULT 0);",
                  key),
      "-- name: lead :one\nUPDATE leases SET holder = @me, epoch = epoch + 1, until = now() + "
      "interval '15 s' WHERE \"the key\" = @which AND until < now() RETURNING epoch;\n");
  const std::string text = written_rows(files, guess_queue(files, {}));
  return text.substr(std::min(text.find("INSERT"), text.size()));
}

}  // namespace

TEST_CASE("answers: nonsense confirms nothing", "[init]") {
  const InitFiles files = files_of(kJobs, queries("true"));
  CHECK(told(files, "heartbeat", "every now and then") ==
        "a claim can't be renewed every \"every now and then\"; write a length such as 10s, or "
        "none");
  CHECK(told(files, "heartbeat", "4s") == "renew, every 4 s (you said so)");
  CHECK(told(files, "heartbeat", "") == "renew, every 10 s (you said so)");
  const std::string known = "beside those of the claim; known are renew and finish_job";
  CHECK(told(files, "succeed", "claim_job") == "there is no statement \"claim_job\" " + known);
  CHECK(told(files, "during", "nonsense") == "there is no statement \"nonsense\" " + known);
  CHECK(told(files, "during", "renew") == "renew (you said so)");
  CHECK(told(files, "job", "id, attempts") ==
        "\"id, attempts\" is not one column; write the one that names the job");
  CHECK(told(files, "owner", "boss") ==
        "the claim writes no column \"boss\"; name one that it writes, or none");
  CHECK(told(files, "owner", "none") == " (you said so)");
  CHECK(told(files, "lasts", "1min") == "60 s (you said so)");
}

TEST_CASE("answers: only what is looked at is heard", "[init]") {
  const QueueGuess guess = guess_queue(files_of(kJobs, queries("true")), {});
  for (const char* subject : {"claim", "job", "owner", "lasts", "token", "heartbeat", "pace"})
    CHECK(guess.heard.contains(subject));
  for (const char* subject : {"table", "lease", "attempts", "ready_at", "reaper"})
    CHECK_FALSE(guess.heard.contains(subject));
  // No label says who has a job: that is no matter of a line.
  const InitFiles flags = files_of("CREATE TABLE jobs (id int PRIMARY KEY, owner text);",
                                   "-- name: claim :one\nUPDATE jobs SET owner = @me WHERE id = "
                                   "(SELECT id FROM jobs WHERE owner "
                                   "IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id;\n");
  CHECK(
      told(flags, "states", "whatever") ==
      "\"states\" is more than a line can answer; answer nothing, which takes the guess, and mend "
      "what is written");
  CHECK(told(flags, "states", "").ends_with("(you said so)"));
}

TEST_CASE("init: how often a job is tried is what its comparison lets pass", "[init]") {
  CHECK(most_attempts("attempts < 3") == 3);
  CHECK(most_attempts("attempts <= 3") == 4);
  CHECK(most_attempts("3 >= attempts") == 4);
  CHECK(most_attempts("NOT attempts > 3") == 4);
  CHECK(most_attempts("NOT attempts >= 3") == 3);
  CHECK(most_attempts("attempts + 1 <= 3") == 3);
  CHECK(most_attempts("attempts < @most") == 5);
  CHECK(most_attempts("attempts <= @most", {{"constants", "most = 7"}}) == 8);
  CHECK_THROWS_WITH(most_attempts("attempts < @most", {{"constants", "most = many"}}),
                    "most is \"many\", but a job is tried a whole number of times, at least 1");
  const InitFiles files = files_of(kJobs, queries("attempts < @most"));
  CHECK(told(files, "constants", "most = 7") == "most = 7 (you said so)");
}

TEST_CASE("init: a list of jobs is made of the one that a worker has", "[init]") {
  const InitFiles files = files_of(kJobs, queries("true", "id = ANY(@ids)"));
  const QueueGuess guess = guess_queue(files, {});
  CHECK(guess.succeed == "finish_job");
  CHECK(guess.with.at("finish_job").at("ids") == "id_list");
  CHECK(written_protocol(files, guess, "x").find("\"new_id_list\", { run = \"finish_job\"") !=
        std::string::npos);
  CHECK(written_sql(files, guess)
            .find("-- name: new_id_list :let\nSELECT ARRAY[@id::text] AS id_list;\n") !=
        std::string::npos);
}

TEST_CASE("init: a leader's row is called as its key's type allows", "[init]") {
  CHECK(leader_rows("text") ==
        "INSERT INTO leases (\"the key\") VALUES ('leader') ON CONFLICT DO NOTHING;\n");
  for (const char* type : {"int", "numeric", "float8"})
    CHECK(leader_rows(type) ==
          "INSERT INTO leases (\"the key\") VALUES (1) ON CONFLICT DO NOTHING;\n");
  CHECK(leader_rows("uuid") ==
        "INSERT INTO leases (\"the key\") VALUES ('00000000-0000-0000-0000-000000000001') ON "
        "CONFLICT DO NOTHING;\n");
}

TEST_CASE("init: a job to insert has a length where its table wants one", "[init]") {
  const std::string schema = std::string(kJobs) + "ALTER TABLE jobs ADD grace interval NOT NULL;";
  const InitFiles files = files_of(schema, queries("true"));
  CHECK(written_sql(files, guess_queue(files, {})).find("interval '1 min'") != std::string::npos);
}

TEST_CASE("init: a claim's own row tells times as the table holds them", "[init]") {
  const InitFiles files = files_of(
      "CREATE TABLE reports (id bigint PRIMARY KEY, done_at timestamptz);"
      "CREATE TABLE locks (report_id bigint PRIMARY KEY REFERENCES reports, held_by text, until "
      "bigint NOT NULL);",
      "-- name: lock_report :one\nINSERT INTO locks (report_id, held_by, until) SELECT id, @me, "
      "extract(epoch FROM now())::bigint + 45 FROM reports WHERE done_at IS NULL LIMIT 1 ON "
      "CONFLICT "
      "(report_id) DO UPDATE SET held_by = EXCLUDED.held_by, until = EXCLUDED.until WHERE "
      "locks.until < extract(epoch FROM now())::bigint RETURNING report_id;\n"
      "-- name: mark_done :execrows\nUPDATE reports SET done_at = now() WHERE id = @report_id;\n");
  const QueueGuess guess = guess_queue(files, {});
  CHECK(guess.jobs == "reports");
  CHECK(written_sql(files, guess).find("to_timestamp(c.until) AS lease_until") !=
        std::string::npos);
}

}  // namespace fencepost
