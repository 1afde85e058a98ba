#include "sql/sql_text.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

using namespace fencepost;

namespace {

/// Every part that is neither blank nor a comment, parameters as <name>, joined by single spaces.
std::string parts_of(const std::string& sql) {
  std::string out;
  for (const SqlPart& part : sql_parts(sql)) {
    if (!part.counts()) continue;
    out += (out.empty() ? "" : " ") +
           (part.kind == SqlKind::parameter ? "<" + part.name + ">" : std::string(part.text));
  }
  return out;
}

/// Text that looks like SQL just enough to reach every branch.
std::string hostile_sql() {
  return any_row_of({"'",         "\"",
                     "$$",        "$a$",
                     "$1",        "--",
                     "/*",        "*/",
                     "\n",        " ",
                     ":",         "::",
                     ":=",        ":x",
                     "@",         "@x",
                     "<@",        "E'",
                     "\\",        "[",
                     "]",         "(",
                     ")",         "ARRAY",
                     "sqlc.arg(", "sqlc.narg('x')",
                     ";",         "-- name: q :one\n",
                     "\xC3\xA4",  "\xFF",
                     "1",         "word",
                     ",",         "="});
}

void check_parts_give_the_text_back(const std::string& text) {
  std::string joined;
  int line = 1;
  for (const SqlPart& part : sql_parts(text)) {
    HOLDS(part.begin == joined.size());
    HOLDS(!part.text.empty());
    HOLDS(part.line == line);
    line += static_cast<int>(std::count(part.text.begin(), part.text.end(), '\n'));
    joined += part.text;
    HOLDS(part.end() == joined.size());
  }
  HOLDS(joined == text);
}

}  // namespace

TEST_CASE("sql parts: every way to write a parameter binds its name", "[sim]") {
  CHECK(parts_of("a = :job_id") == "a = <job_id>");
  CHECK(parts_of("a = @job_id") == "a = <job_id>");
  CHECK(parts_of("a = sqlc.arg(job_id)") == "a = <job_id>");
  CHECK(parts_of("a = sqlc.narg ( 'job_id' )") == "a = <job_id>");
  CHECK(parts_of("a = $12") == "a = <$12>");
  CHECK(parts_of("LIMIT:n") == "LIMIT <n>");
}

TEST_CASE("sql parts: a cast is no parameter, also right behind one", "[sim]") {
  CHECK(parts_of("x::text") == "x :: text");
  CHECK(parts_of(":x::text") == "<x> :: text");
  CHECK(parts_of("id=@id::bigint") == "id = <id> :: bigint");
  CHECK(parts_of("@a::int[]") == "<a> :: int [ ]");
}

TEST_CASE("sql parts: operators with @ and : are operators", "[sim]") {
  CHECK(parts_of("a @> b") == "a @> b");
  CHECK(parts_of("a @>b") == "a @> b");
  CHECK(parts_of("a <@b") == "a <@ b");
  CHECK(parts_of("a @@b") == "a @@ b");
  CHECK(parts_of("@-@b") == "@-@ b");
  CHECK(parts_of("name ^@prefix") == "name ^@ prefix");
  CHECK(parts_of("a @ b") == "a @ b");
  CHECK(parts_of("@ -5") == "@ - 5");
  CHECK(parts_of("f(a := b)") == "f ( a := b )");
  CHECK(parts_of("f(a :=b)") == "f ( a := b )");
  CHECK(parts_of("f(a => :b)") == "f ( a => <b> )");
  CHECK(parts_of("a||@b") == "a || <b>");
  CHECK(parts_of("a>@b") == "a > <b>");
}

TEST_CASE("sql parts: the colon of a slice binds nothing", "[sim]") {
  CHECK(parts_of("a[1:n]") == "a [ 1 : n ]");
  CHECK(parts_of("a[lo:hi]") == "a [ lo : hi ]");
  CHECK(parts_of("a[f(x):n]") == "a [ f ( x ) : n ]");
  CHECK(parts_of("a[1: :n]") == "a [ 1 : <n> ]");
  CHECK(parts_of("a[:n]") == "a [ <n> ]");
  CHECK(parts_of("a[:lo:hi]") == "a [ <lo> : hi ]");
  CHECK(parts_of("a[f(:n)]") == "a [ f ( <n> ) ]");
  CHECK(parts_of("a[2:]") == "a [ 2 : ]");
}

TEST_CASE("sql parts: in an array constructor a colon binds", "[sim]") {
  CHECK(parts_of("ARRAY[:a, :b]") == "ARRAY [ <a> , <b> ]");
  CHECK(parts_of("array[1 + :a]") == "array [ 1 + <a> ]");
  CHECK(parts_of("ARRAY[[:a], [:b]]") == "ARRAY [ [ <a> ] , [ <b> ] ]");
}

TEST_CASE("sql parts: strings, quoted names and comments hide what is in them", "[sim]") {
  CHECK(parts_of("':a' :b") == "':a' <b>");
  CHECK(parts_of("'it''s :a' :b") == "'it''s :a' <b>");
  CHECK(parts_of("'back\\' :b") == "'back\\' <b>");
  CHECK(parts_of("E'it\\'s :a' :b") == "E'it\\'s :a' <b>");
  CHECK(parts_of("E'a'\n  'it\\'s :b' :c") == "E'a'\n  'it\\'s :b' <c>");
  CHECK(parts_of("\"a\"\":b\" :c") == "\"a\"\":b\" <c>");
  CHECK(parts_of("$$ :a ; $1 $$ :b") == "$$ :a ; $1 $$ <b>");
  CHECK(parts_of("$f$ $$ :a $g$ $f$ :b") == "$f$ $$ :a $g$ $f$ <b>");
  CHECK(parts_of("1 -- :a\n :b") == "1 <b>");
  CHECK(parts_of("1 /* :a /* :b */ :c */ :d") == "1 <d>");
  CHECK(parts_of("a --@b\n= @c") == "a = <c>");
}

TEST_CASE("sql parts: a dollar inside a name belongs to it", "[sim]") {
  CHECK(parts_of("tab$1 = $1") == "tab$1 = <$1>");
  CHECK(parts_of("a$$b :c") == "a$$b <c>");
}

TEST_CASE("sql parts: what never ends says what it is", "[sim]") {
  CHECK(sql_parts("a 'b").back().name == "a string");
  CHECK(sql_parts("a E'b\\'").back().name == "a string");
  CHECK(sql_parts("a \"b").back().name == "a quoted name");
  CHECK(sql_parts("a $x$ b $y$").back().name == "a dollar quote");
  CHECK(sql_parts("a /* b /* c */").back().name == "a comment");
  CHECK(sql_parts("a\n\n'b").back().line == 3);
}

TEST_CASE("sql parts: joined they are the text again, whatever the bytes", "[sim]") {
  law("any bytes", [] { check_parts_give_the_text_back(any_text()); });
  law("text that looks like SQL", [] { check_parts_give_the_text_back(hostile_sql()); });
}

TEST_CASE("sql texts: what a literal means, however it is written", "[sim]") {
  CHECK(meaning_of_literal("'it''s'") == "it's");
  CHECK(meaning_of_literal("E'a\\'b''\\n\\q'") == "a'b'\nq");
  CHECK(meaning_of_literal("$x$it's\\n$x$") == "it's\\n");
  CHECK(meaning_of_literal("''") == "");
  CHECK_FALSE(meaning_of_literal("E'\\x41'"));
  CHECK_FALSE(meaning_of_literal("'a'\n'b'"));
  CHECK(inside_quotes("E'a''b'") == "a''b");
  CHECK(inside_quotes("$x$ a $x$") == " a ");
  law("any text is what its literal means", [] {
    const std::string text = any_text();
    HOLDS(meaning_of_literal(as_literal(text)) == text);
  });
}
