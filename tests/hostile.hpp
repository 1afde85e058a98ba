// Texts that try to break out of whatever they are put into.
#pragma once

#include <rapidcheck.h>

#include <string>

namespace fencepost {

inline rc::Gen<std::string> hostile_text() {
  const auto part = rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(),
      rc::gen::container<std::string>(rc::gen::inRange<char>(-128, 127)),
      rc::gen::element<std::string>(
          "", "]]>", "</failure>", "<script>", "&amp;", "\"", "'", "\\", "\n", "\r\n", "\t", "|",
          "`", "```", "````", "::error file=a::b", "\n::set-output name=a::b", "%0A::error::x", "%",
          "##[error]", "\x1b[31m", "\x1b]0;title\x07",
          "\x9b"
          "31m",
          "\xc2\x9b"
          "31m",
          "\xe2\x80\xae", "\xe2\x80\xa8", "\xef\xbf\xbf", "\xed\xa0\x80", "\xff\xfe", "\xc3",
          "\x7f", "../../etc", "a/b", ".", "<!--", "-->", "[link](http://x)", "![](x)", "# ", "- ",
          "~~~", "job 1", "\xe2\x9c\x97 caf\xc3\xa9", "{\"bytes\": \"00\"}", "\xef\xbb\xbf"));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(part),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& each : parts) text += each;
                        return text;
                      });
}

/// Whether it is one or more whole characters of UTF-8, none of them a control character but for
/// line ends and tabs, none turning the direction of text.
inline bool is_harmless(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(at);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4)) return false;
    unsigned code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xC0U) != 0x80U) return false;
      code = code << 6 | (byte(at + i) & 0x3FU);
    }
    const bool control = (code < 0x20 && code != '\n' && code != '\t') ||
                         (code >= 0x7F && code < 0xA0) || (code >= 0xD800 && code < 0xE000) ||
                         (code >= 0x202A && code <= 0x202E) || code == 0xFFFE || code == 0xFFFF;
    if (control) return false;
    at += length;
  }
  return true;
}

}  // namespace fencepost
