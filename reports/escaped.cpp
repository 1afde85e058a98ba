#include "reports/escaped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace fencepost {
namespace {

/// One character, or one byte that begins none.
struct Utf8Character {
  char32_t code = 0;       ///< the byte itself where `valid` is false
  std::size_t length = 1;  ///< in bytes
  bool valid = false;
};

/// What begins at `at`, which must lie inside the text. Overlong forms, surrogates and what is cut
/// off are no characters (RFC 3629).
Utf8Character utf8_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t first = byte(at);
  const Utf8Character none{first, 1, false};
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return none;
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return none;
    code = code << 6U | (byte(at + i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return none;
  return {code, length, true};
}

/// Control characters, what turns the reading direction or ends a line unseen, and what XML
/// forbids.
bool is_hidden(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF || (code & 0xFFFEU) == 0xFFFE;
}

std::string by_number(const Utf8Character& character) {
  if (!character.valid || character.code < 0x80)
    return fmt::format("\\x{:02x}", static_cast<std::uint32_t>(character.code));
  return fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(character.code));
}

enum class LineEnds { shown, kept };

std::string made_visible(std::string_view text, LineEnds line_ends) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    const bool blank = character.code == '\n' || character.code == '\t';
    if (blank && line_ends == LineEnds::kept)
      out += text[at];
    else if (blank)
      out += character.code == '\n' ? "\\n" : "\\t";
    else if (!character.valid || is_hidden(character.code))
      out += by_number(character);
    else
      out += text.substr(at, character.length);
    at += character.length;
  }
  return out;
}

/// Each character replaced by what the table says of it.
template <typename Replace>
std::string replaced(std::string_view text, Replace replace) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view instead = replace(c);
    if (instead.empty())
      out += c;
    else
      out += instead;
  }
  return out;
}

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
char32_t sign_for(char32_t character) {
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
    each(sign_for(decoded.code));
    at += decoded.length;
  }
}

}  // namespace

std::string visible(std::string_view text) { return made_visible(text, LineEnds::shown); }

std::string visible_lines(std::string_view text) { return made_visible(text, LineEnds::kept); }

std::string xml_text(std::string_view text) { return escaped(visible_lines(text)); }

std::string xml_attribute(std::string_view text) { return xml_text(visible(text)); }

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    if (!character.valid)
      out += "\\\\" + by_number(character).substr(1);
    else if (character.code == '"' || character.code == '\\')
      out += std::string("\\") + text[at];
    else if (character.code == '\n')
      out += "\\n";
    else if (is_hidden(character.code) && character.code <= 0xFFFF)
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character.code));
    else
      out += text.substr(at, character.length);
    at += character.length;
  }
  return out + "\"";
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view special = "\\`*_{}[]#+!|~$@";
  std::string out;
  for (const char c : visible(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (special.find(c) != special.npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string markdown_block(std::string_view text) {
  const std::string shown = visible_lines(text);
  std::size_t longest = 0, run = 0;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + "text\n" + shown + (shown.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string github_message(std::string_view text) {
  return replaced(visible_lines(text), [](char c) -> std::string_view {
    return c == '%' ? "%25" : c == '\n' ? "%0A" : "";
  });
}

std::string github_property(std::string_view text) {
  return replaced(github_message(text), [](char c) -> std::string_view {
    return c == ':' ? "%3A" : c == ',' ? "%2C" : "";
  });
}

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

std::string counted(std::int64_t number, std::string_view one, std::string_view many) {
  if (number == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", number, one) : fmt::format("{} {}", number, many);
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent,
                    std::size_t used) {
  std::string out;
  bool first_of_line = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t blank = text.find(' ', at);
    const std::string_view word = text.substr(at, blank - at);
    at = blank == std::string_view::npos ? text.size() : blank + 1;
    const std::size_t letters = characters_in(word);
    if (!first_of_line && width > 0 && used + 1 + letters > width) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
      first_of_line = true;
    }
    if (!first_of_line) out += ' ', ++used;
    out += word;
    used += letters;
    first_of_line = false;
  }
  return out;
}

// A text that ends with the beginning of the tag would close it too early, hence the test without
// its last dollar.
std::string dollar_quoted(const std::string& text) {
  std::string tag = "$fencepost";
  while (text.find(tag) != std::string::npos) tag += "_";
  return tag + "$" + text + tag + "$";
}

}  // namespace fencepost
