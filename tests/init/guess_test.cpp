// What is guessed of queues that people write, and what is written of it.
#include <fmt/format.h>

#include <algorithm>

#include "sim/init/written.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/files.hpp"
#include "sql/sql_text.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

/// Every guess, a line each; "?" where only a person can confirm it.
std::string guessed(const QueueGuess& guess) {
  std::string text;
  for (const Guess& each : guess.guesses)
    text += (each.question.empty() ? "" : "? ") + each.subject + ": " +
            (each.value.empty() ? "none" : each.value) + "\n";
  return text;
}
const std::filesystem::path kQueues = FENCEPOST_SOURCE_DIR "/tests/init/queues";

std::vector<std::filesystem::path> queues() {
  std::vector<std::filesystem::path> found;
  for (const auto& each : std::filesystem::directory_iterator(kQueues))
    found.push_back(each.path());
  std::sort(found.begin(), found.end());
  return found;
}
InitFiles files_in(const std::filesystem::path& folder) {
  return read_init_files({(folder / "schema.sql").string()}, {(folder / "queries.sql").string()});
}

/// What the folder that is written says when it is read; "" when nothing is wrong with it.
std::string refusal_of_written(const InitFiles& files, const QueueGuess& guess,
                               const std::string& name = "mine") {
  InputFolder folder;
  folder.file(name + "/fencepost.sql", written_sql(files, guess));
  folder.file(name + "/rows.sql", written_rows(files, guess));
  folder.file(name + "/protocol.toml", written_protocol(files, guess, folder.path() / name));
  return folder.refusal([&](const auto& path) { read_protocol(path / name); });
}

/// Names that need quotes, and labels that need more.
std::string odd_name() {
  return any_text_of(
             {"plain",        "Two Words",
              "order",        "interval",
              "left",         "values",
              "current_user", "état",
              "a.b",          "a\"b",
              "it's",         "back\\slash",
              "%s",           "a?b",
              "1st",          "$1",
              ":x",           "-- x",
              "two\nlines",   "a\tb",
              "{x}",          "as_long_as_postgresql_keeps_a_name_which_is_of_sixty_three_byte"}) +
         any_text_of({"", "_id", "_token", "_by", "_until"});
}
std::string odd_text() {
  return any_text_of({"new", "it's", "two\nlines", "a\"b", "back\\slash", "\x1b[31m", "ready\r",
                      "%s", "état", "{}", "$1", "-- x", ""});
}

/// A queue whose names and labels are drawn.
InitFiles odd_queue(InputFolder& folder) {
  const auto name = [](const std::string& more) { return in_name_quotes(odd_name() + more); };
  const std::string table = name(" t"), parent = name(" p"), key = name("1"), state = name("2"),
                    owner = name("3"), until = name("4"), version = name("5"), kind = name("6");
  const std::string ready = as_literal(odd_text()), running = as_literal(odd_text() + "r"),
                    done = as_literal(odd_text() + "d");
  folder.file("schema.sql",
              fmt::format("CREATE TABLE {1} ({2} bigint PRIMARY KEY, x text NOT NULL);\n"
                          "CREATE TABLE {0} ({2} bigint PRIMARY KEY REFERENCES {1}, {3} text NOT "
                          "NULL DEFAULT {8}, {4} uuid, {5} timestamptz, {6} int NOT NULL DEFAULT "
                          "0, {7} text NOT NULL DEFAULT {9});\n",
                          table, parent, key, state, owner, until, version, kind, ready,
                          as_literal(odd_text())));
  folder.file(
      "queries.sql",
      fmt::format(
          "-- name: claim_job :one\nUPDATE {0} SET {2} = {7}, {3} = $1, {4} = now() + "
          "interval '30 s', {5} = {5} + 1 WHERE {1} = (SELECT {1} FROM {0} WHERE {2} = {6} "
          "AND {9} = $2 FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING {10};\n\n"
          "-- name: finish_job :execrows\nUPDATE {0} SET {2} = {8} WHERE {1} = $1 AND {5} = "
          "$2 AND {3} = $3;\n",
          table, key, state, owner, until, version, ready, running, done, kind,
          any_bool() ? key : key + ", " + version + ", " + kind));
  return files_in(folder.path());
}

}  // namespace

TEST_CASE("init: the example's queue is guessed as it is declared", "[init]") {
  const std::filesystem::path folder = FENCEPOST_SOURCE_DIR "/examples/queue";
  const InitFiles files =
      read_init_files({(folder / "schema.sql").string()}, {(folder / "queries.sql").string()});
  CHECK(guessed(guess_queue(files, {})) ==
        "table: jobs\n"
        "claim: claim_job\n"
        "job: job_id\n"
        "owner: owner\n"
        "lease: lease_until\n"
        "lasts: 30 s\n"
        "token: claim\n"
        "? heartbeat: renew_lease, every 10 s\n"
        "succeed: finish_job\n"
        "release: give_back\n"
        "states: state: running = owned, ready = ready, done = succeeded\n"
        "? pace: 10 s, 5 s\n"
        "? count: looked at\n");
}

TEST_CASE("init: queues of many styles are guessed as it is written beside them", "[init]") {
  CHECK(queues().size() >= 15);
  for (const std::filesystem::path& folder : queues()) {
    INFO(folder);
    std::string expected;
    if (const auto text = bytes_of(folder / "guessed.txt")) expected = *text;
    CHECK(guessed(guess_queue(files_in(folder), {})) == expected);
  }
}

TEST_CASE("init: what is written of each of them is a protocol that can be read", "[init]") {
  for (const std::filesystem::path& folder : queues()) {
    INFO(folder);
    const InitFiles files = files_in(folder);
    CHECK(refusal_of_written(files, guess_queue(files, {})) == "");
  }
}

TEST_CASE("init: whatever names and labels are, what is written can be read", "[init]") {
  law(
      "names in quotes, reserved words, labels of any kind",
      [] {
        InputFolder folder;
        const InitFiles files = odd_queue(folder);
        const QueueGuess guess = guess_queue(files, {});
        note(guessed(guess));
        HOLDS(!guess.claim.empty());
        HOLDS(refusal_of_written(files, guess) == "");
        const auto tree = ParseTree::of(written_sql(files, guess));
        if (const auto* error = std::get_if<SqlError>(&tree)) HOLDS(error->message == "");
      },
      25);
}

TEST_CASE("init: a folder may be called as it likes", "[init]") {
  for (const char* name : {"my.queue", ".hidden", "it's \"mine\"", "-x", "été", "two words/"}) {
    INFO(name);
    const InitFiles files = files_in(kQueues / "rails");
    CHECK(refusal_of_written(files, guess_queue(files, {}), name) == "");
  }
}

TEST_CASE("init: what a function does that its text does not tell is said", "[init]") {
  const std::string schema =
      "CREATE TABLE jobs (id int PRIMARY KEY, owner text);"
      "CREATE FUNCTION by_text() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'UPDATE jobs SET "
      "owner = 1'; RETURN 1; END $$;"
      "CREATE FUNCTION by_c() RETURNS int LANGUAGE c AS 'lib', 'f';"
      "CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN UPDATE jobs SET; END $$;"
      "CREATE FUNCTION whole() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM by_c(); END $$;"
      "CREATE FUNCTION not_called() RETURNS int LANGUAGE c AS 'lib', 'f';";
  const InitFiles files = init_files_of(
      {schema}, statements_of("-- name: a :one\nSELECT by_text(), by_text(), broken(), whole();\n",
                              "queries.sql"));
  CHECK(files.unread ==
        std::vector<std::string>{
            "what function \"by_text\" does is not looked at, or not all of it: it makes SQL when "
            "it runs (EXECUTE)",
            "what function \"broken\" does is not looked at, or not all of it: syntax error at end "
            "of input",
            "what function \"by_c\" does is not looked at, or not all of it: it is written in c"});
}

TEST_CASE("init: a job to insert comes with the rows that its foreign keys name, by any column",
          "[init]") {
  InputFolder folder;
  folder.file("schema.sql",
              "CREATE TABLE plans (id int, name text);\nCREATE UNIQUE INDEX ON plans (name);\n"
              "CREATE TABLE people (name text PRIMARY KEY);\n"
              "CREATE TABLE jobs (id bigint PRIMARY KEY, plan text NOT NULL, owner text REFERENCES "
              "people);\n"
              "ALTER TABLE jobs ADD FOREIGN KEY (plan) REFERENCES plans (name);\n");
  folder.file(
      "queries.sql",
      "-- name: claim :one\nUPDATE jobs SET owner = $1 WHERE id = (SELECT id FROM jobs WHERE "
      "owner IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id;\n");
  const InitFiles files = files_in(folder.path());
  const QueueGuess guess = guess_queue(files, {});
  CHECK(guessed(guess).find("\n? owner: owner\n") != std::string::npos);
  const std::string written = written_sql(files, guess);
  CHECK(written.substr(written.find("WITH")) ==
        "WITH new_plans AS (INSERT INTO plans (name) VALUES ('job-' || @job::text) ON CONFLICT DO "
        "NOTHING)\n"
        "INSERT INTO jobs (id, plan) VALUES (@job::bigint, 'job-' || @job::text);\n");
}

}  // namespace fencepost
