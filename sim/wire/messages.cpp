#include "sim/wire/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace fencepost {
namespace {

constexpr std::size_t kWord = 4, kHead = 1 + kWord;
/// Of what a server takes as a startup packet, and of what it says that somebody looks at.
constexpr std::size_t kLongestStartup = 10'000, kLongestLookedAt = std::size_t{1} << 30;
/// What stands where a version would.
constexpr std::uint32_t kCancel = 80877102, kTls = 80877103, kGssapi = 80877104;
constexpr std::uint32_t kMajorVersion = 3;

/// The 32 bits at a place, the highest first.
std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = at; i < at + kWord; ++i)
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

std::string word_bytes(std::uint32_t word) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 0xFF);
  return bytes;
}

/// Takes the text up to the next zero off the front; a text that has none ends there.
std::string take_text(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  std::string text(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return text;
}

/// How long the message is that begins there, with its kind. Precondition: its head has come.
std::size_t length_of(std::string_view come) {
  const std::size_t length = word_at(come, 1);
  if (length < kWord) throw WireError(fmt::format("a message says that it has {} bytes", length));
  return 1 + length;
}

}  // namespace

std::optional<Startup> take_startup(std::string& come) {
  if (come.size() < kWord) return std::nullopt;
  const std::size_t length = word_at(come, 0);
  if (length < 2 * kWord || length > kLongestStartup)
    throw WireError("what connected speaks another protocol, or TLS at once");
  if (come.size() < length) return std::nullopt;
  Startup startup;
  startup.bytes = come.substr(0, length);
  come.erase(0, length);
  const std::uint32_t code = word_at(startup.bytes, kWord);
  if (code == kTls || code == kGssapi) {
    startup.wants = Startup::Wants::encryption;
  } else if (code == kCancel) {
    startup.wants = Startup::Wants::cancel;
  } else if (code >> 16 != kMajorVersion) {
    throw WireError(fmt::format("what connected speaks version {}.{} of PostgreSQL's protocol",
                                code >> 16, code & 0xFFFF));
  }
  if (startup.wants != Startup::Wants::session) return startup;
  for (std::string_view rest = std::string_view(startup.bytes).substr(2 * kWord); !rest.empty();) {
    const std::string name = take_text(rest);
    if (name.empty()) break;
    startup.settings[name] = take_text(rest);
  }
  return startup;
}

std::string Message::bytes() const {
  return kind + word_bytes(static_cast<std::uint32_t>(kWord + body.size())) + body;
}

std::optional<Message> take_message(std::string& come, std::size_t longest) {
  if (come.size() < kHead) return std::nullopt;
  const std::size_t length = length_of(come);
  if (length > longest)
    throw WireError(fmt::format("a message says that it has {} bytes, and at most {} are expected",
                                length, longest));
  if (come.size() < length) return std::nullopt;
  Message message{come[0], come.substr(kHead, length - kHead)};
  come.erase(0, length);
  return message;
}

std::string_view field_of(const Message& message, char field) {
  std::string_view rest = message.body;
  while (!rest.empty() && rest.front() != '\0') {
    const std::string_view value = rest.substr(1, rest.find('\0') - 1);
    if (rest.front() == field) return value;
    rest.remove_prefix(std::min(rest.size(), value.size() + 2));
  }
  return "";
}

int process_of(const Message& key_data) {
  if (key_data.body.size() < 2 * kWord) throw WireError("a server's BackendKeyData is too short");
  return static_cast<int>(word_at(key_data.body, 0));
}

Message fatal_error(std::string_view sqlstate, std::string_view text) {
  std::string body;
  for (const auto& [field, value] :
       {std::pair{'S', std::string_view("FATAL")}, {'V', "FATAL"}, {'C', sqlstate}, {'M', text}})
    body += fmt::format("{}{}{}", field, value, '\0');
  return {'E', body + '\0'};
}

Message ask_for_password() { return {'R', word_bytes(3)}; }

Passage::Passage(std::string looked_at, Look look)
    : looked_at_(std::move(looked_at)), look_(std::move(look)) {}

void Passage::take(std::string_view come, std::string& onward) {
  while (!come.empty()) {
    const std::size_t passes = std::min(rest_, come.size());
    onward += come.substr(0, passes);
    come.remove_prefix(passes);
    rest_ -= passes;
    if (come.empty()) return;
    const std::size_t wanted = held_.size() < kHead ? kHead : length_of(held_);
    const std::size_t taken = std::min(wanted - held_.size(), come.size());
    held_ += come.substr(0, taken);
    come.remove_prefix(taken);
    if (held_.size() < kHead) return;
    if (looked_at_.find(held_[0]) == std::string::npos) {
      rest_ = length_of(held_) - kHead;
      onward += std::exchange(held_, "");
    } else if (const auto message = take_message(held_, kLongestLookedAt);
               message && look_(*message)) {
      onward += message->bytes();
    }
  }
}

}  // namespace fencepost
