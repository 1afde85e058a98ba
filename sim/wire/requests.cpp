#include "sim/wire/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "model/hash.hpp"

namespace fencepost {
namespace {

/// As long as a value of PostgreSQL can be, and the messages around it.
constexpr std::size_t kLongestRequest = std::size_t{1} << 30;

/// Reads a message's body from its front; behind its end stand zeros.
class Body {
 public:
  explicit Body(std::string_view rest) : rest_(rest) {}

  int count() { return static_cast<std::int16_t>(number(2)); }
  std::int64_t length() { return static_cast<std::int32_t>(number(4)); }
  std::string_view text() {
    const std::string_view found = rest_.substr(0, rest_.find('\0'));
    rest_.remove_prefix(std::min(rest_.size(), found.size() + 1));
    return found;
  }
  std::string_view bytes(std::int64_t length) {
    const std::size_t count =
        std::min(rest_.size(), static_cast<std::size_t>(std::max<std::int64_t>(length, 0)));
    const std::string_view found = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return found;
  }
  bool ended() const { return rest_.empty(); }

 private:
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char c : bytes(static_cast<std::int64_t>(size)))
      value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view rest_;
};

/// A value as it was sent: text as it is on one line, other bytes in hexadecimal digits.
std::string shown(std::string_view value, bool is_binary) {
  std::string text;
  if (is_binary) {
    text = "\\x";
    for (const char c : value) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
  }
  for (const char c : value)
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
      text += c;
    else if (!text.ends_with(' '))
      text += ' ';
  return text;
}

/// Values, each with its length, that are text or not as their formats say.
std::string values(Body& body, const std::vector<int>& formats) {
  std::string list;
  const int count = body.count();
  for (int i = 0; i < count && !body.ended(); ++i) {
    const std::int64_t length = body.length();
    const auto place = static_cast<std::size_t>(formats.size() == 1 ? 0 : i);
    const bool is_binary = place < formats.size() && formats[place] == 1;
    list += (i > 0 ? ", " : "") + (length < 0 ? "null" : shown(body.bytes(length), is_binary));
  }
  return "(" + list + ")";
}

std::string bind_line(Body body) {
  body.text();
  const std::string statement(body.text());
  std::vector<int> formats;
  for (int count = body.count(); count > 0 && !body.ended(); --count)
    formats.push_back(body.count());
  return fmt::format("bind {}{}", statement, values(body, formats));
}

std::string parse_line(Body body) {
  const std::string name(body.text());
  return fmt::format("parse {}: {}", name, shown(body.text(), false));
}

std::string message_line(const Message& message) {
  switch (message.kind) {
    case 'Q':
      return shown(Body(message.body).text(), false);
    case 'P':
      return parse_line(Body(message.body));
    case 'B':
      return bind_line(Body(message.body));
    case 'F':
      return "call a function";
    case 'd':
      return fmt::format("data {}", fingerprint(message.body));
    case 'X':
      return "end";
    case 'E':
    case 'D':
    case 'C':
    case 'S':
    case 'H':
      return "";
    default:
      return fmt::format("message {}", static_cast<int>(message.kind));
  }
}

}  // namespace

std::string ClientRequest::bytes() const {
  std::string all;
  for (const Message& each : messages) all += each.bytes();
  return all;
}

std::string ClientRequest::line() const {
  std::string text;
  for (const Message& each : messages)
    if (const std::string line = message_line(each); !line.empty())
      text += (text.empty() ? "" : "; ") + line;
  return text;
}

bool ClientRequest::is_answered() const {
  const char last = messages.back().kind;
  return last == 'Q' || last == 'S' || last == 'F';
}

bool ClientRequest::is_end() const { return messages.back().kind == 'X'; }

std::optional<ClientRequest> take_request(std::string& come) {
  constexpr std::string_view waits_for_more = "PBDEC";
  ClientRequest request;
  std::string rest = come;
  while (auto message = take_message(rest, kLongestRequest)) {
    request.messages.push_back(std::move(*message));
    if (waits_for_more.find(request.messages.back().kind) != std::string_view::npos) continue;
    come = std::move(rest);
    return request;
  }
  return std::nullopt;
}

void add_to(ServerAnswer& answer, const Message& message) {
  const auto add = [&](const std::string& text) { answer.line += " " + text; };
  Body body(message.body);
  switch (message.kind) {
    case 'Z':
      answer.is_ready = true;
      return add(fmt::format("ready {}", body.bytes(1)));
    case 'C':
      return add(std::string(body.text()));
    case 'E':
      return add(fmt::format("ERROR {} {}", field_of(message, 'C'), field_of(message, 'M')));
    case 'D':
      ++answer.rows;
      return add(values(body, {}));
    case 'A':
      body.length();
      return add(fmt::format("notified of {}", body.text()));
    case 'G':
      answer.wants_data = true;
      return add("wants data");
    default:
      return;
  }
}

}  // namespace fencepost
