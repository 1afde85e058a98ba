// Histories and texts as nobody would write them, for laws about what is drawn of any.
#pragma once

#include <rapidcheck.h>

#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// Markup, quotes, controls, bytes that are no UTF-8, marks that turn text around; seldom nothing.
inline rc::Gen<std::string> hostile_text() {
  const auto fragment = rc::gen::element<std::string>(
      "</script>", "<script>alert(1)</script>", "]]>", "<![CDATA[", "<!--", "-->", "\"", "'", "&",
      "&lt;", "&#x0;", "<", ">", "\\", "\\u003c", "\n", "\t", "\r", std::string(1, '\0'),
      "\x1b[31m", "\x01\x02\x7f", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf0\x9f", "\u202E",
      "\u2066", "\u200F", "\u2028", "\uFEFF", "\uFFFE", "</style>", "</title>", "</svg>", "</pre>",
      "javascript:x", " onload=alert(1) ", "{{", "${x}", "@", "w1", "w1.2", "1", ".", "/", " ",
      "東京", "שלום", "UPDATE a WHERE b", "WHERE", "--", "/*", "$$");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(fragment),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts) text += part;
                        return text;
                      });
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
