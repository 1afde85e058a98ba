#include "sim/wire/messages.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

/// 32 bits, the highest first.
std::string big(std::uint32_t word) {
  return {static_cast<char>(word >> 24), static_cast<char>(word >> 16),
          static_cast<char>(word >> 8), static_cast<char>(word)};
}
/// A startup packet of that code.
std::string packet(std::uint32_t code, const std::string& rest) {
  return big(static_cast<std::uint32_t>(8 + rest.size())) + big(code) + rest;
}
constexpr std::uint32_t kVersion3 = 3 << 16;

std::string startup_refusal(std::string come) {
  try {
    take_startup(come);
  } catch (const WireError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("wire: a client's first words are taken when they are whole", "[wire]") {
  const std::string text("user\0me\0database\0d\0\0", 20);
  const std::string whole = packet(kVersion3, text);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    std::string come = whole.substr(0, cut);
    CHECK_FALSE(take_startup(come));
    CHECK(come.size() == cut);
  }
  std::string come = whole + "more";
  const auto startup = take_startup(come);
  REQUIRE(startup);
  CHECK(startup->wants == Startup::Wants::session);
  CHECK(startup->bytes == whole);
  CHECK(startup->settings == std::map<std::string, std::string>{{"user", "me"}, {"database", "d"}});
  CHECK(come == "more");
}

TEST_CASE("wire: encryption and cancelling are told from a session", "[wire]") {
  std::string come = packet(80877103, "") + packet(80877104, "") + packet(80877102, "12345678");
  CHECK(take_startup(come)->wants == Startup::Wants::encryption);
  CHECK(take_startup(come)->wants == Startup::Wants::encryption);
  const auto cancel = take_startup(come);
  CHECK(cancel->wants == Startup::Wants::cancel);
  CHECK(cancel->bytes.size() == 16);
  CHECK(come.empty());
}

TEST_CASE("wire: what is no client of PostgreSQL is refused in words", "[wire]") {
  CHECK(startup_refusal("GET / HTTP/1.0\r\n") ==
        "what connected speaks another protocol, or TLS at once");
  CHECK(startup_refusal(std::string("\x16\x03\x01\x02\x00", 5)) ==
        "what connected speaks another protocol, or TLS at once");
  CHECK(startup_refusal(big(4) + big(kVersion3)) ==
        "what connected speaks another protocol, or TLS at once");
  CHECK(startup_refusal(packet(2 << 16, "")) ==
        "what connected speaks version 2.0 of PostgreSQL's protocol");
  std::string cut = packet(kVersion3, "user");
  CHECK(take_startup(cut)->settings == std::map<std::string, std::string>{{"user", ""}});
}

TEST_CASE("wire: a message is taken when it is whole, and not when it is too long", "[wire]") {
  std::string come = Message{'p', "secret"}.bytes() + "rest";
  const auto message = take_message(come, 100);
  REQUIRE(message);
  CHECK(message->kind == 'p');
  CHECK(message->body == "secret");
  CHECK(come == "rest");
  CHECK_FALSE(take_message(come, 100));
  come = "p" + big(1'000'000);
  CHECK_THROWS_AS(take_message(come, 100), WireError);
  come = "p" + big(3);
  CHECK_THROWS_AS(take_message(come, 100), WireError);
}

TEST_CASE("wire: fields of an error, also of one that is cut off", "[wire]") {
  const Message error = fatal_error("28P01", "no");
  CHECK(field_of(error, 'S') == "FATAL");
  CHECK(field_of(error, 'C') == "28P01");
  CHECK(field_of(error, 'M') == "no");
  CHECK(field_of(error, 'D') == "");
  CHECK(field_of({'E', "Cab"}, 'C') == "ab");
  CHECK(field_of({'E', ""}, 'C') == "");
  CHECK_THROWS_AS(process_of({'K', "short"}), WireError);
  CHECK(process_of({'K', big(4'900'007) + big(1)}) == 4'900'007);
}

TEST_CASE("wire: law: a server's messages pass however they are cut, and those looked at once each",
          "[wire]") {
  law("for any messages and cuts", [] {
    std::string sent, kept;
    std::vector<std::string> looked;
    for (int count = any_number(0, 8); count > 0; --count) {
      const Message message{any_of({'D', 'N', 'Z', 'K'}), any_bytes()};
      sent += message.bytes();
      if (message.kind != 'N') kept += message.bytes();
    }
    std::string onward;
    Passage passage("NK", [&](const Message& message) {
      looked.push_back(message.bytes());
      return message.kind != 'N';
    });
    for (std::string_view rest = sent; !rest.empty();) {
      const auto size = any_number<std::size_t>(1, 12);
      passage.take(rest.substr(0, size), onward);
      rest.remove_prefix(std::min(size, rest.size()));
    }
    HOLDS(onward == kept);
    for (const std::string& each : looked) HOLDS(sent.find(each) != std::string::npos);
  });
}

TEST_CASE("wire: law: no bytes are taken for more than a sentence", "[wire]") {
  law("for any bytes", [] {
    const auto bytes = any_bytes();
    for (int what = 0; what < 3; ++what) try {
        std::string come = bytes, onward;
        if (what == 0) take_startup(come);
        if (what == 1) take_message(come, 1'000);
        if (what == 2) Passage("N", [](const Message&) { return true; }).take(come, onward);
      } catch (const WireError& error) {
        HOLDS(std::string(error.what()).find('\n') == std::string::npos);
      }
    field_of({'N', bytes}, 'M');
  });
}

}  // namespace fencepost
