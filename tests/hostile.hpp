// Histories and texts as nobody would write them, for laws about what is drawn of any.
#pragma once

#include <rapidcheck.h>

#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// Markup, quotes, controls, bytes that are no UTF-8, marks that turn text around, commands of CI
/// logs; seldom nothing.
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
          "~~~", "job 1", "\xe2\x9c\x97 caf\xc3\xa9", "{\"bytes\": \"00\"}", "\xef\xbb\xbf"),
      rc::gen::element<std::string>(
          "</script>", "<script>alert(1)</script>", "]]>", "<![CDATA[", "<!--", "-->", "\"", "'",
          "&", "&lt;", "&#x0;", "<", ">", "\\", "\\u003c", "\n", "\t", "\r", std::string(1, '\0'),
          "\x1b[31m", "\x01\x02\x7f", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf0\x9f", "\u202E",
          "\u2066", "\u200F", "\u2028", "\uFEFF", "\uFFFE", "</style>", "</title>", "</svg>",
          "</pre>", "javascript:x", " onload=alert(1) ", "{{", "${x}", "@", "w1", "w1.2", "1", ".",
          "/", " ", "東京", "שלום", "UPDATE a WHERE b", "WHERE", "--", "/*", "$$"));
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

/// The following draw, and so belong inside a law.
inline int any_number(int below) { return *rc::gen::inRange(0, below); }
inline std::optional<std::string> any_value() {
  if (any_number(4) == 0) return std::nullopt;
  return *hostile_text();
}

inline std::optional<JobRecord> any_record() {
  if (any_number(3) == 0) return std::nullopt;
  JobRecord record;
  record.state = any_number(3) == 0 ? JobState::succeeded : JobState::owned;
  record.token = any_value();
  record.owner = any_value();
  if (any_number(2) == 0) record.lease_until = Instant{std::chrono::seconds(any_number(400))};
  record.progress = any_number(9);
  return record;
}

/// Any event, with any texts, of a few workers and jobs or of ones that nobody would name so.
inline Event any_event() {
  Event event;
  event.kind = static_cast<EventKind>(any_number(static_cast<int>(EventKind::finished) + 1));
  event.worker = {any_number(4) == 0 ? *hostile_text() : "w" + std::to_string(any_number(4))};
  event.job = {any_number(4) == 0 ? *hostile_text() : std::to_string(any_number(3))};
  event.operation = *hostile_text();
  event.statement = any_number(2) == 0 ? "save" : any_number(2) == 0 ? "begin" : "commit";
  for (int i = any_number(3); i > 0; --i) event.bound.push_back({*hostile_text(), any_value()});
  event.attempt = {any_number(4)};
  event.before = any_record();
  event.after = any_record();
  event.fault = static_cast<FaultKind>(any_number(static_cast<int>(FaultKind::roll_back) + 1));
  event.committed = any_number(2) == 0;
  event.result = *hostile_text();
  event.sqlstate = any_number(4) == 0 ? *hostile_text() : "";
  event.boundary = *hostile_text();
  event.note = *hostile_text();
  return event;
}

/// Events in order of step and time, which is all that a history promises.
inline History any_history() {
  History history;
  Instant now{};
  int step = 0;
  for (int left = any_number(25); left > 0; --left) {
    step += any_number(2);
    now += std::chrono::seconds(any_number(40));
    history.events.push_back(any_event());
    history.events.back().step = step;
    history.events.back().at = now;
  }
  return history;
}

}  // namespace fencepost
