#include "reports/escaped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "reports/markup.hpp"
#include "reports/utf8.hpp"

namespace fencepost {
namespace {

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

}  // namespace fencepost
