// Histories and texts as nobody would write them, for laws about what is drawn of any.
#pragma once

#include <rapidcheck.h>

#include <optional>
#include <string>
#include <utility>
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

/// nullopt in one case of four.
template <typename T>
rc::Gen<std::optional<T>> optionally(const rc::Gen<T>& gen) {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 4), gen), [](std::pair<int, T> drawn) {
    return drawn.first == 0 ? std::nullopt : std::optional<T>(std::move(drawn.second));
  });
}

inline rc::Gen<JobRecord> any_record() {
  return rc::gen::build<JobRecord>(
      rc::gen::set(&JobRecord::state, rc::gen::element(JobState::ready, JobState::owned,
                                                       JobState::owned, JobState::succeeded)),
      rc::gen::set(&JobRecord::token, optionally(hostile_text())),
      rc::gen::set(&JobRecord::owner, optionally(hostile_text())),
      rc::gen::set(&JobRecord::lease_until,
                   optionally(rc::gen::map(
                       rc::gen::inRange(0, 400),
                       [](int seconds) { return Instant{std::chrono::seconds(seconds)}; }))),
      rc::gen::set(&JobRecord::progress, optionally(rc::gen::arbitrary<std::int64_t>())));
}

/// Any event, with any texts; its step and time are set by any_history().
inline rc::Gen<Event> any_event() {
  const auto few = [](auto make) {
    return rc::gen::map(rc::gen::inRange(1, 4), [make](int number) { return make(number); });
  };
  const auto worker = rc::gen::oneOf(
      few([](int number) { return WorkerId{"w" + std::to_string(number)}; }),
      rc::gen::map(hostile_text(), [](std::string text) { return WorkerId{std::move(text)}; }));
  const auto job = rc::gen::oneOf(
      few([](int number) { return JobId{std::to_string(number)}; }),
      rc::gen::map(hostile_text(), [](std::string text) { return JobId{std::move(text)}; }));
  const auto bound = rc::gen::build<Bound>(rc::gen::set(&Bound::parameter, hostile_text()),
                                           rc::gen::set(&Bound::value, optionally(hostile_text())));
  return rc::gen::build<Event>(
      rc::gen::set(&Event::kind,
                   rc::gen::map(rc::gen::inRange(0, 20),
                                [](int kind) { return static_cast<EventKind>(kind); })),
      rc::gen::set(&Event::worker, worker), rc::gen::set(&Event::job, job),
      rc::gen::set(&Event::operation, hostile_text()),
      rc::gen::set(&Event::statement, rc::gen::element<std::string>("save", "begin", "commit")),
      rc::gen::set(&Event::bound, rc::gen::container<std::vector<Bound>>(bound)),
      rc::gen::set(&Event::attempt, few([](int number) { return AttemptId{number - 1}; })),
      rc::gen::set(&Event::after, optionally(any_record())),
      rc::gen::set(&Event::before, optionally(any_record())),
      rc::gen::set(&Event::fault, rc::gen::map(rc::gen::inRange(0, 21),
                                               [](int kind) {
                                                 return std::optional(static_cast<FaultKind>(kind));
                                               })),
      rc::gen::set(&Event::committed), rc::gen::set(&Event::result, hostile_text()),
      rc::gen::set(&Event::sqlstate, rc::gen::element<std::string>("", "", "40001", "<'&")),
      rc::gen::set(&Event::boundary, hostile_text()), rc::gen::set(&Event::note, hostile_text()));
}

/// Events in order of step and time, which is all that a history promises.
inline rc::Gen<History> any_history() {
  return rc::gen::map(rc::gen::container<std::vector<std::pair<Event, int>>>(
                          rc::gen::pair(any_event(), rc::gen::inRange(0, 40))),
                      [](const std::vector<std::pair<Event, int>>& drawn) {
                        History history;
                        Instant now{};
                        int step = 0;
                        for (const auto& [event, seconds] : drawn) {
                          step += seconds % 3 == 0 ? 0 : 1;
                          now += std::chrono::seconds(seconds);
                          history.events.push_back(event);
                          history.events.back().step = step;
                          history.events.back().at = now;
                        }
                        return history;
                      });
}

}  // namespace fencepost
