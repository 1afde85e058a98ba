#include "sql/schema_text.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

std::string read(std::string_view text) { return schema_text(text).sql; }

/// What is run, its blank lines and line ends told by "|".
std::string run(std::string_view text) {
  std::string out;
  std::string line;
  for (const char c : read(text) + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    while (line.ends_with(' ')) line.pop_back();
    const bool comment = line.starts_with("--");
    out += (comment ? "" : line) + "|";
    line.clear();
  }
  return out;
}
std::string refusal(std::string_view text) {
  const auto refused = schema_text(text).refusal;
  return refused ? std::to_string(refused->line) + ": " + refused->text : "";
}

}  // namespace

TEST_CASE("schema text: plain SQL stays as it is, byte for byte", "[sql]") {
  const std::string text = "-- down we go\r\nCREATE TABLE up (down int); -- +goose Down\r\n";
  CHECK(read(text) == text);
  CHECK(read("\xEF\xBB\xBF" + text) == text);
}

TEST_CASE("schema text: what a migration undoes is not run, whatever the tool", "[sql]") {
  CHECK(run("-- +goose Up\n-- +goose StatementBegin\nA;\n-- +goose StatementEnd\n-- +goose "
            "Down\nB;") == "||A;||||");
  CHECK(run("-- +goose NO TRANSACTION\n--+goose up\nA;\n--  +goose  down\nB;") == "||A;|||");
  CHECK(run("-- +migrate Up notransaction\nA;\n-- +migrate Down\nB;\n-- +migrate Up\nC;") ==
        "|A;||||C;|");
  CHECK(run("-- migrate:up transaction:false\nA;\n\n-- migrate:down\nB;") == "|A;||||");
  CHECK(run("-- rambler up\nA;\n-- rambler down\nB;") == "|A;|||");
  CHECK(run("-- Up Migration\nA;\n-- Down Migration\nB;") == "|A;|||");
  CHECK(run("A;\n---- create above / drop below ----\nB;") == "A;|||");
  CHECK(read("# --- 1.sql\n# --- !Ups\nA;\n# --- !Downs\nB;") ==
        "  --- 1.sql\n  --- !Ups\nA;\n  --- !Downs\n  ");
  CHECK(run("-- // make it\nA;\n-- //@UNDO\nB;") == "|A;|||");
  CHECK(run("-- ==== UP ====\nA;\n-- ==== DOWN ====\nB;") == "|A;|||");
  CHECK(run("-- Up\nA;\n-- Down\nB;") == "|A;|||");
  CHECK(run("A;\n-- Down\nB;") == "A;||B;|");
  CHECK(
      run("-- atlas:txtar\n\n-- checks.sql --\nC;\n-- migration.sql --\nA;\n-- down.sql --\nB;") ==
      "|||||A;|||");
}

TEST_CASE("schema text: a mark in a string, or behind SQL, is none", "[sql]") {
  CHECK(run("SELECT '\n-- +goose Down\n';\nA;") == "SELECT '||';|A;|");
  CHECK(run("A; -- +goose Down\nB;") == "A; -- +goose Down|B;|");
}

TEST_CASE("schema text: Liquibase's changes for other databases are not run", "[sql]") {
  CHECK(run("--liquibase formatted sql\n--changeset me:1 dbms:mysql\nB;\n"
            "--changeset me:2 dbms:postgresql,h2\nA;\n--rollback DROP TABLE a;\n"
            "--changeset me:3 dbms:!oracle\nC;\n--changeset me:4\nD;") == "||||A;|||C;||D;|");
}

TEST_CASE("schema text: psql's own lines are blank where they change nothing in the database",
          "[sql]") {
  CHECK(run("\\restrict aB'c\nA;\n\\connect app\n\\echo it's\nB;\n\\unrestrict aB'c\n") ==
        "|A;|||B;|||");
  CHECK(run("A;\n\\q\nB; \"") == "A;|||");
  CHECK(read("SELECT E'\\\\i', '\\i';") == "SELECT E'\\\\i', '\\i';");
}

TEST_CASE("schema text: psql's lines that mean SQL are refused with the remedy", "[sql]") {
  CHECK(
      refusal("A;\n\\i other.sql\n") ==
      "2: \\i is a command of psql, which is not there; name that file in schema, before or behind "
      "this one");
  CHECK(refusal("SELECT 'DROP TABLE a' \\gexec\n") ==
        "1: \\gexec is a command of psql, which is not there; write the SQL that it comes to");
}

TEST_CASE("schema text: rows behind COPY are values of an INSERT, each on its line", "[sql]") {
  CHECK(read("A;\nCOPY public.t (id, note) FROM stdin;\n1\tit's \\\\N; "
             "or\\tso\n2\t\\N\n\\.\n\nB;\n") ==
        "A;\nINSERT INTO  public.t (id, note)  OVERRIDING SYSTEM VALUE VALUES\n"
        "('1', 'it''s \\N; or\tso'),\n('2', NULL);\n\n\nB;\n");
  CHECK(read("COPY t FROM stdin;\n\\.\nB;\n") == "\n\nB;\n");
  CHECK(read("copy t\n(a)\nfrom STDIN WITH;\n\\101\\x\n\\.\nB;") ==
        "INSERT INTO  t\n(a)\n OVERRIDING SYSTEM VALUE VALUES\n('Ax');\n\nB;");
  CHECK(refusal("\nCOPY t FROM stdin WITH (FORMAT csv);\n1,2\n\\.\n") ==
        "2: COPY … FROM stdin is read in its text format without options, as pg_dump writes it; "
        "write these rows as INSERT");
  CHECK(read("SELECT 1;\nCOPY t TO stdout;\n") == "SELECT 1;\nCOPY t TO stdout;\n");
}
