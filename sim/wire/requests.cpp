#include "sim/wire/requests.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
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

std::string in_hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string on_one_line(std::string_view value) {
  std::string text;
  for (const char c : value)
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
      text += c;
    else if (!text.ends_with(' '))
      text += ' ';
  return text;
}

/// What a value is of, by the numbers of pg_type, the same in every version.
enum Type : std::int64_t {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kVarchar = 1043,
  kUuid = 2950
};

/// A value that was sent as bytes, as text where its type is known.
std::string binary_text(std::string_view bytes, std::int64_t type) {
  if (type == kText || type == kVarchar) return on_one_line(bytes);
  if (type == kBool && bytes.size() == 1) return bytes[0] != 0 ? "t" : "f";
  if (type == kUuid && bytes.size() == 16) {
    std::string text = in_hexadecimal(bytes);
    for (const std::size_t place : {20u, 16u, 12u, 8u}) text.insert(place, "-");
    return text;
  }
  const bool is_whole = type == kInt2 || type == kInt4 || type == kInt8;
  if (!is_whole || bytes.empty() || bytes.size() > 8) return "\\x" + in_hexadecimal(bytes);
  auto number = static_cast<std::uint64_t>(static_cast<signed char>(bytes[0]));
  for (const char c : bytes.substr(1)) number = number << 8 | static_cast<unsigned char>(c);
  return std::to_string(static_cast<std::int64_t>(number));
}

/// What is known of values beforehand: one format for all of them, or one for each.
struct Kinds {
  std::vector<int> formats;
  std::vector<std::int64_t> types;

  bool is_binary(std::size_t place) const {
    const std::size_t at = formats.size() == 1 ? 0 : place;
    return at < formats.size() && formats[at] == 1;
  }
  std::int64_t type(std::size_t place) const { return place < types.size() ? types[place] : 0; }
};

/// Values, each with its length.
std::vector<std::string> values(Body& body, const Kinds& kinds) {
  std::vector<std::string> list;
  const auto count = static_cast<std::size_t>(std::max(body.count(), 0));
  for (std::size_t i = 0; i < count && !body.ended(); ++i) {
    const std::int64_t length = body.length();
    const std::string_view bytes = body.bytes(length);
    list.push_back(length < 0           ? "null"
                   : kinds.is_binary(i) ? binary_text(bytes, kinds.type(i))
                                        : on_one_line(bytes));
  }
  return list;
}
std::string in_brackets(const std::vector<std::string>& values) {
  return fmt::format("({})", fmt::join(values, ", "));
}

/// What a Bind says: which statement, with what, where its types are known.
struct BindSaid {
  std::string statement;
  std::vector<std::string> values;
};
BindSaid bind_said(Body body, const std::map<std::string, PreparedText>& prepared) {
  body.text();
  BindSaid found{std::string(body.text()), {}};
  Kinds kinds;
  if (const auto known = prepared.find(found.statement); known != prepared.end())
    kinds.types = known->second.types;
  for (int count = body.count(); count > 0 && !body.ended(); --count)
    kinds.formats.push_back(body.count());
  found.values = values(body, kinds);
  return found;
}

std::pair<std::string, PreparedText> parse_said(Body body) {
  const std::string name(body.text());
  PreparedText prepared{std::string(body.text()), {}};
  for (int count = body.count(); count > 0 && !body.ended(); --count)
    prepared.types.push_back(body.length());
  return {name, prepared};
}

std::string message_line(const Message& message) {
  switch (message.kind) {
    case 'Q':
      return on_one_line(Body(message.body).text());
    case 'P': {
      const auto [name, prepared] = parse_said(Body(message.body));
      return fmt::format("parse {}: {}", name, on_one_line(prepared.sql));
    }
    case 'B': {
      const BindSaid said = bind_said(Body(message.body), {});
      return fmt::format("bind {}{}", said.statement, in_brackets(said.values));
    }
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

std::vector<SentStatement> statements_of(const ClientRequest& request,
                                         std::map<std::string, PreparedText>& prepared) {
  std::vector<SentStatement> sent;
  for (const Message& each : request.messages) {
    const Body body(each.body);
    if (each.kind == 'Q') sent.push_back({std::string(Body(body).text()), {}});
    if (each.kind == 'P') {
      auto [name, said] = parse_said(body);
      prepared[name] = std::move(said);
    }
    if (each.kind != 'B') continue;
    BindSaid found = bind_said(body, prepared);
    sent.push_back({prepared[found.statement].sql, std::move(found.values)});
  }
  return sent;
}

namespace {

/// A RowDescription: of each column its name, its table and place there, its type, how long that
/// is, and its format.
std::vector<ServerAnswer::Column> columns_in(Body body) {
  std::vector<ServerAnswer::Column> columns;
  for (int count = body.count(); count > 0 && !body.ended(); --count) {
    ServerAnswer::Column& column = columns.emplace_back();
    column.name = std::string(body.text());
    body.bytes(6);
    column.type = body.length();
    body.bytes(6);
    column.format = body.count();
  }
  return columns;
}

void add_row(ServerAnswer& answer, Body body) {
  Kinds kinds;
  for (const ServerAnswer::Column& each : answer.columns) {
    kinds.formats.push_back(each.format);
    kinds.types.push_back(each.type);
  }
  const std::vector<std::string> row = values(body, kinds);
  ++answer.rows;
  for (std::size_t i = 0; i < row.size(); ++i)
    answer.values.emplace_back(i < answer.columns.size() ? answer.columns[i].name : "", row[i]);
  answer.line += " " + in_brackets(row);
}

}  // namespace

void add_to(ServerAnswer& answer, const Message& message) {
  const auto add = [&](const std::string& text) { answer.line += " " + text; };
  Body body(message.body);
  switch (message.kind) {
    case 'Z':
      answer.is_ready = true;
      return add(fmt::format("ready {}", body.bytes(1)));
    case 'C':
      return add(std::string(body.text()));
    case 'E': {
      const std::string error =
          fmt::format("{} {}", field_of(message, 'C'), field_of(message, 'M'));
      if (answer.error.empty()) answer.error = error;
      return add("ERROR " + error);
    }
    case 'D':
      return add_row(answer, body);
    case 'T':
      answer.columns = columns_in(body);
      return;
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
