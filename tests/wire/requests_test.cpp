#include "sim/wire/requests.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

std::string zero(const std::string& text) { return text + '\0'; }
std::string two(int number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
}
std::string four(int number) { return two(number >> 16 & 0xFFFF) + two(number & 0xFFFF); }
/// A value with its length.
std::string value(const std::string& bytes) { return four(static_cast<int>(bytes.size())) + bytes; }

Message bind_of(const std::string& formats, const std::string& values) {
  return {'B', zero("") + zero("s1") + formats + values + two(0)};
}

std::string line_of(const std::vector<Message>& messages) { return ClientRequest{messages}.line(); }

}  // namespace

TEST_CASE("wire: a request is whole with the message that the server begins with", "[wire]") {
  const std::string extended =
      Message{'P', zero("s1") + zero("SELECT  $1\n::int") + two(0)}.bytes() +
      bind_of(two(0), two(1) + value("5")).bytes() + Message{'D', "P" + zero("")}.bytes() +
      Message{'E', zero("") + four(0)}.bytes() + Message{'S', ""}.bytes();
  for (std::size_t cut = 0; cut < extended.size(); ++cut) {
    std::string come = extended.substr(0, cut);
    CHECK_FALSE(take_request(come));
    CHECK(come.size() == cut);
  }
  std::string come = extended + Message{'Q', zero("COMMIT")}.bytes() + Message{'X', ""}.bytes();
  const auto first = take_request(come);
  REQUIRE(first);
  CHECK(first->bytes() == extended);
  CHECK(first->line() == "parse s1: SELECT $1 ::int; bind s1(5)");
  CHECK(first->is_answered());
  const auto second = take_request(come);
  CHECK(second->line() == "COMMIT");
  CHECK(second->is_answered());
  const auto third = take_request(come);
  CHECK(third->is_end());
  CHECK_FALSE(third->is_answered());
  CHECK(come.empty());
}

TEST_CASE("wire: parameters are told as they were sent", "[wire]") {
  CHECK(line_of({bind_of(two(0), two(2) + value("a b") + four(-1)), {'H', ""}}) ==
        "bind s1(a b, null)");
  CHECK(line_of({bind_of(two(1) + two(1), two(2) + value("\x01") + value("\xFF")), {'S', ""}}) ==
        "bind s1(\\x01, \\xff)");
  CHECK(line_of({bind_of(two(2) + two(0) + two(1), two(2) + value("x") + value("y")), {'S', ""}}) ==
        "bind s1(x, \\x79)");
  CHECK(line_of({{'B', "cut"}, {'S', ""}}) == "bind ()");
  CHECK(line_of({{'d', "1\t2\n"}}) == "data " + line_of({{'d', "1\t2\n"}}).substr(5));
  CHECK_FALSE(ClientRequest{{{'d', "x"}}}.is_answered());
}

TEST_CASE("wire: values that are no text are told as text where their types are known", "[wire]") {
  std::map<std::string, PreparedText> prepared;
  const std::string types =
      two(4) + four(21) + four(16) + four(2950) + four(1184);  // int2, bool, uuid, timestamptz
  const Message parse{'P', zero("s1") + zero("SELECT $1, $2, $3, $4") + types};
  const std::string uuid("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF", 16);
  const Message bind = bind_of(two(1) + two(1), two(4) + value("\xFF\xFE") + value("\x01") +
                                                    value(uuid) + value("\x01\x02"));
  const auto sent = statements_of({{parse, bind, {'S', ""}}}, prepared);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].sql == "SELECT $1, $2, $3, $4");
  CHECK(sent[0].values ==
        std::vector<std::string>{"-2", "t", "00112233-4455-6677-8899-aabbccddeeff", "\\x0102"});
  CHECK(statements_of({{bind, {'S', ""}}}, prepared)[0].sql == sent[0].sql);
  CHECK(statements_of({{{'Q', zero("SELECT 1")}}}, prepared)[0].values.empty());
}

TEST_CASE("wire: an answer is told by its rows, tags and errors", "[wire]") {
  ServerAnswer answer;
  const std::string column = four(0) + two(0) + four(23) + two(4) + four(-1) + two(0);
  add_to(answer, {'T', two(2) + zero("id") + column + zero("note") + column});
  add_to(answer, {'D', two(2) + value("1") + four(-1)});
  add_to(answer, {'C', zero("SELECT 1")});
  CHECK_FALSE(answer.is_ready);
  add_to(answer, {'Z', "T"});
  CHECK(answer.line == " (1, null) SELECT 1 ready T");
  CHECK(answer.rows == 1);
  CHECK(answer.values ==
        std::vector<std::pair<std::string, std::string>>{{"id", "1"}, {"note", "null"}});
  CHECK(answer.is_ready);
  ServerAnswer other;
  add_to(other, fatal_error("57P01", "gone"));
  add_to(other, {'A', four(7) + zero("jobs") + zero("1")});
  add_to(other, {'G', ""});
  CHECK(other.line == " ERROR 57P01 gone notified of jobs wants data");
  CHECK(other.wants_data);
}

TEST_CASE("wire: law: no bytes of a client or a server are taken for more than a sentence",
          "[wire]") {
  law("for any bytes", [] {
    std::string come = any_bytes();
    try {
      while (const auto request = take_request(come)) request->line();
    } catch (const WireError& error) {
      HOLDS(std::string(error.what()).find('\n') == std::string::npos);
    }
    ServerAnswer answer;
    for (const char kind : {'D', 'Z', 'C', 'E', 'A', 'T'}) add_to(answer, {kind, any_bytes()});
    for (const char kind : {'Q', 'P', 'B', 'F', 'd', 'E'}) line_of({{kind, any_bytes()}});
  });
}

}  // namespace fencepost
