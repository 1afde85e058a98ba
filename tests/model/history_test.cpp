#include "model/history.hpp"

#include <string>
#include <type_traits>

#include "model/told.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

template <typename... Members>
std::size_t count_of(const Members&...) {
  return sizeof...(Members);
}
// The bindings name every member, so that a new one does not compile until it is counted.
std::size_t members(const JobRecord& record) {
  const auto& [a, b, c, d, e, f, g, h, i, j] = record;
  return count_of(a, b, c, d, e, f, g, h, i, j);
}
std::size_t members(const Event& event) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab,
               ac] = event;
  return count_of(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa,
                  ab, ac);
}
std::size_t members(const Declared& declared) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab,
               ac, ad, ae, af, ag] = declared;
  return count_of(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa,
                  ab, ac, ad, ae, af, ag);
}
std::size_t members(const Violation& violation) {
  const auto& [a, b, c, d, e, f, g] = violation;
  return count_of(a, b, c, d, e, f, g);
}
std::size_t members(const LeaseToken& token) {
  const auto& [a, b] = token;
  return count_of(a, b);
}
std::size_t members(const SqlSource& source) {
  const auto& [a, b, c] = source;
  return count_of(a, b, c);
}

template <typename T>
std::vector<std::string> listed_in(const T& value) {
  std::vector<std::string> names;
  T::fields(value, [&](std::string_view name, const auto&, Written) { names.emplace_back(name); });
  return names;
}

/// Any other value.
void change(std::string& text) { text += "x"; }
void change(int& number) { ++number; }
void change(std::int64_t& number) { ++number; }
void change(bool& truth) { truth = !truth; }
void change(Duration& duration) { duration += 1us; }
void change(Instant& instant) { instant += 1us; }
void change(AttemptId& attempt) { ++attempt.number; }
void change(JobState& state) { state = JobState::failed; }
void change(EventKind& kind) { kind = EventKind::restored; }
void change(FaultKind& kind) { kind = FaultKind::roll_back; }
void change(std::vector<Bound>& bound) { bound.push_back({"id", std::nullopt}); }
void change(JobRecord& record) { record.cursor = 7; }
template <typename Tag>
void change(Name<Tag>& name) {
  change(name.text);
}
template <typename T>
void change(std::optional<T>& value) {
  if (!value) value.emplace();
  change(*value);
}

/// What it becomes with that field changed.
template <typename T>
T changed(T value, const std::string& field) {
  T::fields(value, [&](std::string_view name, auto& each, Written) {
    if (name == field) change(each);
  });
  return value;
}

Event full_event() {
  Event event;
  for (const std::string& field : listed_in(event)) event = changed(event, field);
  event.kind = EventKind::applied;
  event.before = event.after = JobRecord{};
  for (const std::string& field : listed_in(*event.after))
    event.after = changed(*event.after, field);
  event.after->state = JobState::owned;
  event.fault = FaultKind::stall;
  return event;
}

}  // namespace

TEST_CASE("history: a struct's list of fields has every member", "[model]") {
  CHECK(listed_in(JobRecord{}).size() == members(JobRecord{}));
  CHECK(listed_in(Event{}).size() == members(Event{}));
  CHECK(listed_in(Declared{}).size() == members(Declared{}));
  CHECK(listed_in(Violation{}).size() == members(Violation{}));
  CHECK(listed_in(LeaseToken{}).size() == members(LeaseToken{}));
  CHECK(listed_in(SqlSource{}).size() == members(SqlSource{}));
}

TEST_CASE("history: every field of an event and of its records is in its canonical line",
          "[model]") {
  for (const Event& event : {Event{}, full_event()}) {
    for (const std::string& field : listed_in(event)) {
      INFO(field);
      const bool in_files_only = field == "message" || field == "took" || field == "commit";
      CHECK((canonical_line(changed(event, field)) == canonical_line(event)) == in_files_only);
    }
    const JobRecord record = event.after.value_or(JobRecord{});
    Event with_record = event;
    with_record.after = record;
    for (const std::string& field : listed_in(record)) {
      INFO("after." << field);
      Event other = event;
      other.after = changed(record, field);
      CHECK(canonical_line(other) != canonical_line(with_record));
    }
  }
}

TEST_CASE("history: a canonical line reads like this", "[model]") {
  CHECK(canonical_line(Event{}) == "0 0 statement");
  CHECK(
      canonical_line(full_event()) ==
      "1 1 applied server_ahead=0.000001\\ s worker=x giver=x session=x backend=1 operation=x "
      "statement=x "
      ":id=null job=x attempt=1 before=ready after=owned token=x owner=x lease_until=0.000001\\ s "
      "ready_at=0.000001\\ s progress=1 cursor=1 attempts=1 group=x cap=1 fault=stall "
      "lasts=0.000001\\ s item=x count_before=1 count_after=1 claims=yes committed=yes result=x "
      "sqlstate=x boundary=x note=x");
}

TEST_CASE("history: a count of 0 is in the line of what was applied, and of nothing else",
          "[model]") {
  Event event;
  event.kind = EventKind::applied;
  CHECK(canonical_line(event) == "0 0 applied count_after=0");
  event.kind = EventKind::work;
  CHECK(canonical_line(event) == "0 0 work");
}

TEST_CASE(
    "history: line breaks and spaces in a text stay on its line, and an empty one is left out",
    "[model]") {
  Event event;
  event.result = "1 row:\nx";
  event.after = JobRecord{};
  event.after->token = "";
  CHECK(canonical_line(event) == "0 0 statement after=ready result=1\\ row:\\nx");
}

TEST_CASE("history: the values of an enumeration have their names in order", "[model]") {
  CHECK(names_of(EventKind{}).size() == static_cast<std::size_t>(EventKind::queued) + 1);
  CHECK(to_text(EventKind::restored) == "restored");
  CHECK(to_text(JobState::failed) == "failed");
  CHECK(names_of(LeaseKind{}).back() == "none");
  CHECK(names_of(TokenOrder{}).back() == "increasing");
  CHECK(names_of(AbsentMeans{}).back() == "succeeded");
}

}  // namespace fencepost
