// What is taken of answers, and what is guessed of queues of a few lines.
#include <fmt/format.h>

#include <algorithm>

#include "sim/init/guess_words.hpp"
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
  CHECK(told(files, "token", "id") ==
        "\"id\" is the same for every claim of a job, and proves none; name what each claim writes "
        "anew and returns, or none");
  CHECK(told(files, "token", "attempts") == "attempts (you said so)");
  CHECK(told(files, "claim", "finish_job") ==
        "there is no statement \"finish_job\" that could claim a job; that could claim_job");
  for (const char* half : {"10s", "10s,", ",5s", "10s, 0s"})
    CHECK(told(files, "pace", half) ==
          fmt::format("\"{}\" is not how long work takes, and how long a worker waits; write it as "
                      "\"10s, 5s\"",
                      half));
  CHECK(told(files, "pace", "20 s, 2 s") == "20 s, 2 s (you said so)");
}

TEST_CASE("init: a third of a lease is a length that people say", "[init]") {
  CHECK(part_of(20s, 3) == 6s);
  CHECK(part_of(30s, 3) == 10s);
  CHECK(part_of(2s, 3) == 666ms);
  CHECK(part_of(2ms, 3) == 666us);
}

TEST_CASE("answers: a comma may be part of a value", "[init]") {
  const InitFiles files =
      files_of(std::string(kJobs) + "ALTER TABLE jobs ADD kind text, ADD tags text;",
               queries("kind = @kind AND tags = @tags"));
  const auto constants = [&](const std::string& said) {
    const auto all = guess_queue(files, {{"constants", said}}).constants;
    return all.at("kind") + " and " + all.at("tags");
  };
  CHECK(constants("kind = a, tags = {b,c}") == "a and {b,c}");
  CHECK(constants("tags = {\"b=1\", c=2}, kind = a") == "a and {\"b=1\", c=2}");
  CHECK(constants("kind = a, b, tags = c") == "a, b and c");
}

TEST_CASE("init: what keeps a job's result is run while a worker has the job", "[init]") {
  const std::string schema =
      std::string(kJobs) +
      "CREATE TABLE results (job_id bigint PRIMARY KEY REFERENCES jobs, output text);";
  const InitFiles files = files_of(
      schema, queries("true") +
                  "-- name: save_result :exec\nINSERT INTO results (job_id, output) VALUES (@for, "
                  "@output) ON CONFLICT (job_id) DO UPDATE SET output = EXCLUDED.output;\n"
                  "-- name: log :exec\nINSERT INTO results (job_id, output) VALUES (@for, 'x');\n");
  const QueueGuess guess = guess_queue(files, {});
  CHECK(guess.during == std::vector<std::string>{"save_result"});
  CHECK(guess.with.at("save_result").at("for") == "id");
  CHECK(told(files, "during", "none") == " (you said so)");
}

TEST_CASE("init: a claim is no insert that puts a job in, and a part of a key names none alone",
          "[init]") {
  const InitFiles files = files_of(
      "CREATE TABLE work (name text, instance text, due timestamptz, taken_by text, revision int, "
      "failures int, PRIMARY KEY (name, instance));",
      R"(-- name: put :exec
INSERT INTO work (name, instance, due) VALUES (@name, @instance, @due) ON CONFLICT DO NOTHING;
-- name: find_due :many
SELECT name, instance, revision FROM work WHERE taken_by IS NULL AND due <= @now LIMIT 5;
-- name: take :execrows
UPDATE work SET taken_by = @me, revision = revision + 1
 WHERE name = @name AND instance = @instance AND revision = @revision;
-- name: reschedule :execrows
UPDATE work SET taken_by = NULL, due = @at, failures = 0
 WHERE name = @name AND instance = @instance AND revision = @revision;
-- name: reschedule_failed :execrows
UPDATE work SET taken_by = NULL, due = @at, failures = failures + 1
 WHERE name = @name AND instance = @instance AND revision = @revision;
)");
  const QueueGuess guess = guess_queue(files, {});
  CHECK(guess.claim == std::vector<std::string>{"find_due", "take"});
  CHECK(guess.owner == "taken_by");
  // The worker knows what the claim has made of the revision that it saw.
  CHECK(guess.token == std::vector<std::string>{"revision"});
  CHECK(guess.counted.at("revision") == "@revision::int4 + 1");
  CHECK(guess.fail == "reschedule_failed");
  CHECK(told(files, "job", "name") == "name (you said so)");
  const std::vector<std::string> open = guess.unconfirmed();
  CHECK(std::count(open.begin(), open.end(), "job") == 1);
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
