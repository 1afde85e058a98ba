#include "sql/schema_text.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

std::string sql_of(std::string_view text) { return schema_text(text).sql; }

/// What is run, its blank lines and line ends told by "|".
std::string what_runs(std::string_view text) {
  std::string out;
  std::string line;
  for (const char c : sql_of(text) + "\n") {
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
std::string schema_refusal(std::string_view text) {
  const auto refused = schema_text(text).refusal;
  return refused ? std::to_string(refused->line) + ": " + refused->text : "";
}

}  // namespace

TEST_CASE("schema text: plain SQL stays as it is, byte for byte", "[sql]") {
  const std::string text = "-- down we go\r\nCREATE TABLE up (down int); -- +goose Down\r\n";
  CHECK(sql_of(text) == text);
  CHECK(sql_of("\xEF\xBB\xBF" + text) == text);
}

TEST_CASE("schema text: what a migration undoes is not run, whatever the tool", "[sql]") {
  CHECK(what_runs("-- +goose Up\n-- +goose StatementBegin\nA;\n-- +goose StatementEnd\n-- +goose "
                  "Down\nB;") == "||A;||||");
  CHECK(what_runs("-- +goose NO TRANSACTION\n--+goose up\nA;\n--  +goose  down\nB;") == "||A;|||");
  CHECK(what_runs("-- +migrate Up notransaction\nA;\n-- +migrate Down\nB;\n-- +migrate Up\nC;") ==
        "|A;||||C;|");
  CHECK(what_runs("-- migrate:up transaction:false\nA;\n\n-- migrate:down\nB;") == "|A;||||");
  CHECK(what_runs("-- rambler up\nA;\n-- rambler down\nB;") == "|A;|||");
  CHECK(what_runs("-- Up Migration\nA;\n-- Down Migration\nB;") == "|A;|||");
  CHECK(what_runs("A;\n---- create above / drop below ----\nB;") == "A;|||");
  CHECK(sql_of("# --- 1.sql\n# --- !Ups\nA;\n# --- !Downs\nB;") ==
        "  --- 1.sql\n  --- !Ups\nA;\n  --- !Downs\n  ");
  CHECK(what_runs("-- // make it\nA;\n-- //@UNDO\nB;") == "|A;|||");
  CHECK(what_runs("-- ==== UP ====\nA;\n-- ==== DOWN ====\nB;") == "|A;|||");
  CHECK(what_runs("-- Up\nA;\n-- Down\nB;") == "|A;|||");
  CHECK(what_runs("A;\n-- Down\nB;") == "A;||B;|");
  CHECK(
      what_runs(
          "-- atlas:txtar\n\n-- checks.sql --\nC;\n-- migration.sql --\nA;\n-- down.sql --\nB;") ==
      "|||||A;|||");
}

TEST_CASE("schema text: a mark in a string, or behind SQL, is none", "[sql]") {
  CHECK(what_runs("SELECT '\n-- +goose Down\n';\nA;") == "SELECT '||';|A;|");
  CHECK(what_runs("A; -- +goose Down\nB;") == "A; -- +goose Down|B;|");
}

TEST_CASE("schema text: Liquibase's changes for other databases are not run", "[sql]") {
  CHECK(what_runs("--liquibase formatted sql\n--changeset me:1 dbms:mysql\nB;\n"
                  "--changeset me:2 dbms:postgresql,h2\nA;\n--rollback DROP TABLE a;\n"
                  "--changeset me:3 dbms:!oracle\nC;\n--changeset me:4\nD;") == "||||A;|||C;||D;|");
}

TEST_CASE("schema text: psql's own lines are blank where they change nothing in the database",
          "[sql]") {
  CHECK(what_runs("\\restrict aB'c\nA;\n\\connect app\n\\echo it's\nB;\n\\unrestrict aB'c\n") ==
        "|A;|||B;|||");
  CHECK(what_runs("A;\n\\q\nB; \"") == "A;|||");
  CHECK(sql_of("SELECT E'\\\\i', '\\i';") == "SELECT E'\\\\i', '\\i';");
}

TEST_CASE("schema text: psql's lines that mean SQL are refused with the remedy", "[sql]") {
  CHECK(
      schema_refusal("A;\n\\i other.sql\n") ==
      "2: \\i is a command of psql, which is not there; name that file in schema, before or behind "
      "this one");
  CHECK(schema_refusal("SELECT 'DROP TABLE a' \\gexec\n") ==
        "1: \\gexec is a command of psql, which is not there; write the SQL that it comes to");
}

TEST_CASE("schema text: rows behind COPY are values of an INSERT, each on its line", "[sql]") {
  CHECK(sql_of("A;\nCOPY public.t (id, note) FROM stdin;\n1\tit's \\\\N; "
               "or\\tso\n2\t\\N\n\\.\n\nB;\n") ==
        "A;\nINSERT INTO  public.t (id, note)  OVERRIDING SYSTEM VALUE VALUES\n"
        "('1', 'it''s \\N; or\tso'),\n('2', NULL);\n\n\nB;\n");
  CHECK(sql_of("COPY t FROM stdin;\n\\.\nB;\n") == "\n\nB;\n");
  CHECK(sql_of("copy t\n(a)\nfrom STDIN WITH;\n\\101\\x\n\\.\nB;") ==
        "INSERT INTO  t\n(a)\n OVERRIDING SYSTEM VALUE VALUES\n('Ax');\n\nB;");
  CHECK(schema_refusal("\nCOPY t FROM stdin WITH (FORMAT csv);\n1,2\n\\.\n") ==
        "2: COPY … FROM stdin is read in its text format without options, as pg_dump writes it; "
        "write these rows as INSERT");
  CHECK(sql_of("COPY \"a;b\" FROM stdin;\n1\n\\.\n") ==
        "INSERT INTO  \"a;b\"  OVERRIDING SYSTEM VALUE VALUES\n('1');\n\n");
  CHECK(sql_of("\\echo it's\nCOPY t FROM stdin;\n1\n\\.\n") ==
        "          \nINSERT INTO  t  OVERRIDING SYSTEM VALUE VALUES\n('1');\n\n");
}

TEST_CASE("schema text: what only looks like COPY with rows is left alone", "[sql]") {
  for (const std::string text :
       {"SELECT 1;\nCOPY t TO stdout;\n", "/* for the load:\nCOPY t FROM stdin;\n*/\nA;\n",
        "SELECT $$\ncopy t from stdin;\n$$;\nA;\n", "SELECT '\ncopy t from stdin;\n';\nA;\n",
        "COPY t FROM program 'from stdin';\nA;\n"})
    CHECK(sql_of(text) == text);
}
