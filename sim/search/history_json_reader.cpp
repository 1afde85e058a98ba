// Reads what is told of a failure back, and names every mistake by its line.
#include <fmt/format.h>

#include <climits>

#include "sim/search/history_json.hpp"
#include "sim/text/json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// The enumerator, up to and with `last`, that is written so.
template <typename Word, typename Name>
Word word_in(const JsonNode& node, const std::string& what, Word last, Name name) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    known.emplace_back(name(static_cast<Word>(i)));
    if (node.kind == JsonNode::Kind::text && node.text == known.back()) return static_cast<Word>(i);
  }
  wrong(node, what, listed(known) + did_you_mean(node.text, known));
}

/// The fields that are there; the others keep their defaults.
class Fields {
 public:
  Fields(const JsonNode& node, std::string what, const std::vector<std::string>& required,
         const std::vector<std::string>& optional)
      : table_(node, std::move(what), required, optional) {}

  template <typename Use>
  void with(std::string_view key, Use use) const {
    if (const JsonNode* node = table_.find(key)) use(*node, table_.named(key));
  }
  void text(std::string_view key, std::string& into) const {
    with(key, [&](const JsonNode& node, const std::string& what) {
      into = JsonTable::text_in(node, what);
    });
  }
  void known(std::string_view key, std::optional<std::string>& into) const {
    with(key, [&](const JsonNode& node, const std::string& what) {
      into = JsonTable::text_in(node, what);
    });
  }
  void number(std::string_view key, int& into) const {
    with(key, [&](const JsonNode& node, const std::string& what) {
      into = static_cast<int>(JsonTable::whole(node, what, INT_MIN, INT_MAX));
    });
  }
  void number(std::string_view key, std::int64_t& into) const {
    with(key, [&](const JsonNode& node, const std::string& what) {
      into = JsonTable::whole(node, what, INT64_MIN, INT64_MAX);
    });
  }
  void known(std::string_view key, std::optional<std::int64_t>& into) const {
    with(key, [&](const JsonNode&, const std::string&) { number(key, into.emplace()); });
  }
  void length(std::string_view key, Duration& into) const {
    with(key,
         [&](const JsonNode& node, const std::string& what) { into = duration_in(node, what); });
  }
  void known(std::string_view key, std::optional<Duration>& into) const {
    with(key, [&](const JsonNode&, const std::string&) { length(key, into.emplace()); });
  }
  void instant(std::string_view key, Instant& into) const {
    with(key,
         [&](const JsonNode& node, const std::string& what) { into = instant_in(node, what); });
  }
  void known(std::string_view key, std::optional<Instant>& into) const {
    with(key, [&](const JsonNode&, const std::string&) { instant(key, into.emplace()); });
  }
  void truth(std::string_view key, bool& into) const {
    with(key, [&](const JsonNode&, const std::string&) { into = table_.truth(key); });
  }
  void names(std::string_view key, std::set<std::string>& into) const {
    with(key, [&](const JsonNode&, const std::string&) {
      for (std::string& name : table_.texts(key)) into.insert(std::move(name));
    });
  }

 private:
  JsonTable table_;
};

JobRecord record_in(const JsonNode& node) {
  const Fields fields(node, "a job's record", {"state"},
                      {"token", "owner", "lease_until", "ready_at", "progress", "cursor",
                       "attempts", "group", "cap"});
  JobRecord record;
  fields.with("state", [&](const JsonNode& state, const std::string& what) {
    record.state = word_in(state, what, JobState::failed, [](JobState s) { return to_text(s); });
  });
  fields.known("token", record.token);
  fields.known("owner", record.owner);
  fields.known("lease_until", record.lease_until);
  fields.known("ready_at", record.ready_at);
  fields.known("progress", record.progress);
  fields.known("cursor", record.cursor);
  fields.known("attempts", record.attempts);
  fields.known("group", record.group);
  fields.known("cap", record.cap);
  return record;
}

std::vector<Bound> bound_in(const JsonNode& node, const std::string& what) {
  if (node.kind != JsonNode::Kind::array) wrong(node, what, "a list of [parameter, value]");
  std::vector<Bound> bound;
  for (const JsonNode& pair : node.items) {
    if (pair.kind != JsonNode::Kind::array || pair.items.size() != 2)
      wrong(pair, "one of " + what, "[parameter, value]");
    Bound& each = bound.emplace_back();
    each.parameter = JsonTable::text_in(pair.items[0], "a parameter in " + what);
    const JsonNode& value = pair.items[1];
    if (value.kind != JsonNode::Kind::other || value.text != "null")
      each.value = JsonTable::text_in(value, "a value in " + what);
  }
  return bound;
}

Event event_in(const JsonNode& node) {
  const Fields fields(
      node, "an event", {"step", "at", "kind"},
      {"server_ahead", "worker", "session",   "operation", "statement", "bound",    "job",
       "attempt",      "before", "after",     "fault",     "lasts",     "item",     "count_before",
       "count_after",  "claims", "committed", "result",    "sqlstate",  "boundary", "note"});
  Event event;
  fields.number("step", event.step);
  fields.instant("at", event.at);
  fields.with("kind", [&](const JsonNode& kind, const std::string& what) {
    event.kind = word_in(kind, what, EventKind::finished, [](EventKind k) { return to_text(k); });
  });
  fields.length("server_ahead", event.server_ahead);
  fields.text("worker", event.worker.text);
  fields.text("session", event.session.text);
  fields.text("operation", event.operation);
  fields.text("statement", event.statement);
  fields.with("bound", [&](const JsonNode& bound, const std::string& what) {
    event.bound = bound_in(bound, what);
  });
  fields.text("job", event.job.text);
  fields.number("attempt", event.attempt.number);
  fields.with("before", [&](const JsonNode& record, const std::string&) {
    event.before = record_in(record);
  });
  fields.with("after",
              [&](const JsonNode& record, const std::string&) { event.after = record_in(record); });
  fields.with("fault", [&](const JsonNode& fault, const std::string& what) {
    event.fault = fault.kind == JsonNode::Kind::text ? fault_from_text(fault.text) : std::nullopt;
    if (!event.fault) wrong(fault, what, "a fault that \"list faults\" names");
  });
  fields.length("lasts", event.lasts);
  fields.text("item", event.item.text);
  fields.known("count_before", event.count_before);
  fields.number("count_after", event.count_after);
  fields.truth("claims", event.claims);
  fields.truth("committed", event.committed);
  fields.text("result", event.result);
  fields.text("sqlstate", event.sqlstate);
  fields.text("boundary", event.boundary);
  fields.text("note", event.note);
  return event;
}

Declared declared_in(const JsonNode& node) {
  const Fields fields(node, "\"declared\"",
                      {"protocol", "lease_kind", "token_order", "absent", "lease", "poll",
                       "columns", "observes_applied"},
                      {"freed_within", "max_attempts", "applied_once", "strict", "notices_within",
                       "claim_limit", "operators", "never", "anyway"});
  static constexpr std::string_view kinds[] = {"row", "session", "transaction", "none"};
  static constexpr std::string_view orders[] = {"unique", "increasing"};
  static constexpr std::string_view absents[] = {"lost", "ready", "succeeded"};
  Declared declared;
  fields.text("protocol", declared.protocol);
  fields.with("lease_kind", [&](const JsonNode& word, const std::string& what) {
    declared.lease_kind = word_in(word, what, LeaseKind::none,
                                  [](LeaseKind k) { return kinds[static_cast<std::size_t>(k)]; });
  });
  fields.with("token_order", [&](const JsonNode& word, const std::string& what) {
    declared.token_order = word_in(word, what, TokenOrder::increasing, [](TokenOrder o) {
      return orders[static_cast<std::size_t>(o)];
    });
  });
  fields.with("absent", [&](const JsonNode& word, const std::string& what) {
    declared.absent = word_in(word, what, AbsentMeans::succeeded,
                              [](AbsentMeans a) { return absents[static_cast<std::size_t>(a)]; });
  });
  fields.length("lease", declared.lease);
  fields.length("poll", declared.poll);
  fields.known("freed_within", declared.freed_within);
  fields.known("max_attempts", declared.max_attempts);
  fields.names("columns", declared.columns);
  fields.truth("observes_applied", declared.observes_applied);
  fields.truth("applied_once", declared.applied_once);
  fields.truth("strict", declared.strict);
  fields.known("notices_within", declared.notices_within);
  fields.known("claim_limit", declared.claim_limit);
  fields.names("operators", declared.operators);
  fields.names("never", declared.never);
  fields.names("anyway", declared.anyway);
  return declared;
}

SqlSource source_in(const JsonNode& node) {
  const JsonTable table(node, "a source", {"statement", "where", "text"});
  SqlSource source{table.text("statement"), table.text("where"), ""};
  const std::vector<std::string> lines = table.texts("text");
  for (std::size_t i = 0; i < lines.size(); ++i) source.text += (i == 0 ? "" : "\n") + lines[i];
  return source;
}

}  // namespace

Violation violation_from_json(const JsonNode& node) {
  const Fields fields(node, "a violation", {"step", "at", "sentence"}, {"part", "job", "attempt"});
  Violation violation;
  fields.text("part", violation.part);
  fields.number("step", violation.step);
  fields.instant("at", violation.at);
  fields.text("job", violation.job.text);
  fields.number("attempt", violation.attempt.number);
  fields.text("sentence", violation.sentence);
  return violation;
}

Told told_from_json(const JsonNode& node, const std::string& expected) {
  const JsonTable table(node, "\"told\"",
                        {"violation", "story", "declared", "token", "sources", "events"});
  Told told;
  told.violation = violation_from_json(table["violation"]);
  told.story = table.text("story");
  told.history.declared = declared_in(table["declared"]);
  const JsonTable token(table["token"], "\"token\"", {"columns", "parameters"});
  told.token = {token.texts("columns"), token.texts("parameters")};
  for (const JsonNode& source : table.list("sources")) told.sources.push_back(source_in(source));
  for (const JsonNode& event : table.list("events")) told.history.events.push_back(event_in(event));
  if (digest(told.history) != expected)
    table["events"].fail(fmt::format(
        "these events were edited: their digest is {}, but the file was saved with {}; restore the "
        "file, or replay and shrink it, which tells it again",
        digest(told.history), in_quotes(expected)));
  if (told.history.events.empty())
    table["events"].fail(fmt::format("there are no events to tell: {}", kRestore));
  return told;
}

}  // namespace fencepost
