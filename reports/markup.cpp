#include "reports/markup.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "reports/utf8.hpp"

namespace fencepost {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;

/// The character that begins at `at`; a byte that begins none is U+FFFD by itself.
Utf8Character decode(std::string_view text, std::size_t at) {
  Utf8Character found = utf8_at(text, at);
  if (!found.valid) found.code = kNoCharacter;
  return found;
}

void append(std::string& out, char32_t character) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0U | character >> 6);
  } else if (character < 0x10000) {
    put(0xE0U | character >> 12);
    put(0x80U | (character >> 6 & 0x3FU));
  } else {
    put(0xF0U | character >> 18);
    put(0x80U | (character >> 12 & 0x3FU));
    put(0x80U | (character >> 6 & 0x3FU));
  }
  put(0x80U | (character & 0x3FU));
}

/// What stands for a character that can't be seen, or that would move others about; itself
/// otherwise. C0 controls have pictures of their own.
char32_t visible(char32_t character) {
  if (character == '\n' || character == '\t') return character;
  if (character < 0x20) return 0x2400 + character;
  if (character == 0x7F) return 0x2421;
  const bool c1 = character >= 0x80 && character < 0xA0;
  const bool turns = character == 0x061C || character == 0x200E || character == 0x200F ||
                     (character >= 0x202A && character <= 0x202E) ||
                     (character >= 0x2066 && character <= 0x2069);
  const bool separates = character == 0x2028 || character == 0x2029 || character == 0xFEFF;
  const bool none =
      (character & 0xFFFEU) == 0xFFFEU || (character >= 0xFDD0 && character <= 0xFDEF);
  return c1 || turns || separates || none ? kNoCharacter : character;
}

template <typename Each>
void for_each_character(std::string_view text, const Each& each) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character decoded = decode(text, at);
    each(visible(decoded.code));
    at += decoded.length;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](char32_t character) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        append(out, character);
    }
  });
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for_each_character(text, [&](char32_t character) {
    const bool special = character == '<' || character == '>' || character == '&' ||
                         character == '\n' || character == '\t';
    if (character == '"' || character == '\\') out += '\\';
    if (special)
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
    else
      append(out, character);
  });
  return out + '"';
}

std::string printable(std::string_view text) {
  std::string out;
  for_each_character(text, [&](char32_t character) {
    append(out, character == '\n' || character == '\t' ? 0x2400 + character : character);
  });
  return out;
}

std::size_t characters_in(std::string_view text) {
  std::size_t characters = 0;
  for_each_character(text, [&](char32_t) { ++characters; });
  return characters;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  std::size_t last = 0;
  for (std::size_t at = 0; at < text.size(); at += decode(text, at).length) {
    if (characters + 1 == most) last = at;
    if (++characters > most) return std::string(text.substr(0, last)) + "…";
  }
  return std::string(text);
}

}  // namespace fencepost
