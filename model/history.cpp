#include "model/history.hpp"

#include <array>

namespace fencepost {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"ready", "owned", "succeeded", "failed"};
constexpr std::array<std::string_view, 21> kKinds = {
    "worker_started", "statement", "blocked", "changed",       "applied",      "granted",
    "renewed",        "released",  "revoked", "believed",      "let_go",       "refused",
    "work",           "fault",     "resumed", "session_ended", "heal_started", "lock_held",
    "forbidden",      "finished",  "restored"};

/// Builds "name=value" fields; what is empty is left out, so that a new kind of field does not
/// change old lines.
class Line {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += ' ';
    text_ += name;
    text_ += '=';
    for (const char c : value)
      text_ += c == '\n' ? std::string("\\n") : c == ' ' ? std::string("\\ ") : std::string(1, c);
  }
  template <typename T>
  void add_number(std::string_view name, const std::optional<T>& value) {
    if (value) add(name, std::to_string(*value));
  }
  void add_record(std::string_view name, const std::optional<JobRecord>& record) {
    if (!record) return;
    add(name, to_text(record->state));
    add("token", record->token.value_or(""));
    add("owner", record->owner.value_or(""));
    if (record->lease_until) add("lease_until", to_text(*record->lease_until));
    if (record->ready_at) add("ready_at", to_text(*record->ready_at));
    add_number("progress", record->progress);
    add_number("cursor", record->cursor);
    add_number("attempts", record->attempts);
    add("group", record->group.value_or(""));
    add_number("cap", record->cap);
  }
  std::string text_;
};

}  // namespace

std::string_view to_text(JobState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view to_text(EventKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

const Fault* fault_in(const Event& event) {
  return event.kind == EventKind::fault && event.fault ? &fault_of(*event.fault) : nullptr;
}

std::string canonical_line(const Event& event) {
  Line line;
  line.text_ = std::to_string(event.step) + ' ' +
               std::to_string(event.at.time_since_epoch().count()) + ' ' +
               std::string(to_text(event.kind));
  if (event.server_ahead != 0us) line.add("server_ahead", to_text(event.server_ahead));
  line.add("worker", event.worker.text);
  line.add("session", event.session.text);
  line.add("operation", event.operation);
  line.add("statement", event.statement);
  for (const Bound& each : event.bound) line.add(":" + each.parameter, each.value.value_or("null"));
  line.add("job", event.job.text);
  if (event.attempt) line.add("attempt", std::to_string(event.attempt.number));
  line.add_record("before", event.before);
  line.add_record("after", event.after);
  if (event.fault) line.add("fault", to_text(*event.fault));
  if (event.lasts != 0us) line.add("lasts", to_text(event.lasts));
  line.add("item", event.item.text);
  line.add_number("count_before", event.count_before);
  if (event.kind == EventKind::applied) line.add("count_after", std::to_string(event.count_after));
  if (event.claims) line.add("claims", "yes");
  if (event.committed) line.add("committed", "yes");
  line.add("result", event.result);
  line.add("sqlstate", event.sqlstate);
  line.add("boundary", event.boundary);
  line.add("note", event.note);
  return line.text_;
}

std::string digest(const History& history) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const Event& event : history.events) {
    for (const char c : canonical_line(event) + '\n') {
      hash ^= static_cast<unsigned char>(c);
      hash *= 0x100000001b3ULL;
    }
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash ^= hash >> 31;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[(hash >> shift) & 15];
  return text;
}

}  // namespace fencepost
