#include "model/history.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <type_traits>

#include "model/hash.hpp"

namespace fencepost {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"ready", "owned", "succeeded", "failed"};
constexpr std::array<std::string_view, 24> kKinds = {
    "worker_started", "statement", "blocked",  "changed",          "applied",      "granted",
    "renewed",        "released",  "revoked",  "believed",         "let_go",       "refused",
    "work",           "fault",     "resumed",  "session_ended",    "heal_started", "lock_held",
    "forbidden",      "finished",  "restored", "committed_inside", "parked",       "queued"};

constexpr std::array<std::string_view, 4> kLeases = {"row", "session", "transaction", "none"};
constexpr std::array<std::string_view, 2> kOrders = {"unique", "increasing"};
constexpr std::array<std::string_view, 3> kAbsences = {"lost", "ready", "succeeded"};

std::string in_line(const std::string& text) { return text; }
std::string in_line(int number) { return std::to_string(number); }
std::string in_line(std::int64_t number) { return std::to_string(number); }
std::string in_line(bool) { return "yes"; }
std::string in_line(Duration duration) { return to_text(duration); }
std::string in_line(Instant instant) { return to_text(instant); }
std::string in_line(AttemptId attempt) { return std::to_string(attempt.number); }
template <typename Word>
requires std::is_enum_v<Word> std::string in_line(Word word) { return std::string(to_text(word)); }
template <typename Tag>
std::string in_line(const Name<Tag>& name) {
  return name.text;
}

/// Adds " name=value" for every field that it visits; what is as usual or empty is left out, so
/// that a new field does not change old lines.
class Line {
 public:
  explicit Line(std::string head) : text_(std::move(head)) {}

  template <typename T>
  void operator()(std::string_view name, const T& value, Written written) {
    if (written == Written::always || written == Written::in_files) return;
    if (written == Written::in_digest || !(value == T{})) add(name, value);
  }
  const std::string& text() const { return text_; }

 private:
  template <typename T>
  void add(std::string_view name, const T& value) {
    pair(name, in_line(value));
  }
  template <typename T>
  void add(std::string_view name, const std::optional<T>& value) {
    add(name, *value);
  }
  void add(std::string_view, const std::vector<Bound>& bound) {
    for (const Bound& each : bound) pair(":" + each.parameter, each.value.value_or("null"));
  }
  void add(std::string_view name, const JobRecord& record) {
    pair(name, to_text(record.state));
    JobRecord::fields(record, *this);
  }
  void pair(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += ' ';
    text_ += name;
    text_ += '=';
    for (const char c : value)
      text_ += c == '\n' ? std::string("\\n") : c == ' ' ? std::string("\\ ") : std::string(1, c);
  }

  std::string text_;
};

}  // namespace

std::span<const std::string_view> names_of(JobState) { return kStates; }
std::span<const std::string_view> names_of(EventKind) { return kKinds; }
std::span<const std::string_view> names_of(LeaseKind) { return kLeases; }
std::span<const std::string_view> names_of(TokenOrder) { return kOrders; }
std::span<const std::string_view> names_of(AbsentMeans) { return kAbsences; }
std::string_view to_text(JobState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view to_text(EventKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

const std::string& claiming_as(const Declared& declared, const std::string& role) {
  const auto other = declared.claims_like.find(role);
  return other == declared.claims_like.end() ? role : other->second;
}

History up_to(const History& history, int step) {
  History start{history.declared, {}};
  std::copy_if(history.events.begin(), history.events.end(), std::back_inserter(start.events),
               [&](const Event& event) { return event.step <= step; });
  return start;
}

bool is_end_of_session(std::string_view operation, std::string_view statement) {
  return operation == kSession && statement == kEnded;
}

bool is_begin(const Event& event) {
  return event.kind == EventKind::statement && event.statement == "begin";
}

bool is_end_of_transaction(const Event& event) {
  return event.kind == EventKind::statement &&
         (event.statement == "commit" || event.statement == "rollback");
}

bool is_transaction_control(const Event& event) {
  return is_begin(event) || is_end_of_transaction(event);
}

bool is_terminal(const JobRecord& record) {
  return record.state == JobState::succeeded || record.state == JobState::failed;
}

Instant simulated_time(Instant on_server, Duration server_ahead) {
  if (on_server == Instant::max() || on_server == Instant::min()) return on_server;
  return on_server - server_ahead;
}

const Fault* fault_in(const Event& event) {
  return event.kind == EventKind::fault && event.fault ? &fault_of(*event.fault) : nullptr;
}

std::string canonical_line(const Event& event) {
  Line line(std::to_string(event.step) + ' ' + std::to_string(event.at.time_since_epoch().count()) +
            ' ' + std::string(to_text(event.kind)));
  Event::fields(event, line);
  return line.text();
}

std::string digest(const History& history) {
  std::uint64_t hash = fnv1a("");
  for (const Event& event : history.events) hash = fnv1a(canonical_line(event) + '\n', hash);
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  return hex_digits(hash ^ (hash >> 31));
}

}  // namespace fencepost
