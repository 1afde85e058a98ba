// Writes and reads by the field lists of the structs: a new field needs nothing here, unless it is
// of a new type.
#include "sim/search/history_json.hpp"

#include <fmt/format.h>

#include <climits>
#include <type_traits>

#include "sim/text/json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

/// A JSON object of the fields that it visits, without those that are as usual.
class Writer {
 public:
  /// What stands before each key but the first.
  explicit Writer(std::string between = ", ") : between_(std::move(between)) {}

  template <typename T>
  void operator()(std::string_view key, const T& value, Written written) {
    const bool left_out = written == Written::unless_usual || written == Written::in_digest ||
                          written == Written::in_files;
    if (left_out && value == T{}) return;
    if constexpr (std::is_same_v<T, std::string>)
      add(key, written == Written::in_lines ? json_lines_of("      ", lines_in(value), json_exact)
                                            : json_exact(value));
    else
      add(key, json_of(value));
  }
  const std::string& text() const { return text_; }

 private:
  void add(std::string_view key, const std::string& json) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : between_, key, json);
  }
  static std::string json_of(const std::string& text) { return json_exact(text); }
  static std::string json_of(int number) { return std::to_string(number); }
  static std::string json_of(std::int64_t number) { return std::to_string(number); }
  static std::string json_of(bool truth) { return truth ? "true" : "false"; }
  static std::string json_of(Duration duration) { return length_json(duration); }
  static std::string json_of(Instant instant) { return instant_json(instant); }
  static std::string json_of(AttemptId attempt) { return std::to_string(attempt.number); }
  static std::string json_of(FaultKind kind) { return fmt::format("\"{}\"", to_text(kind)); }
  static std::string json_of(const Bound& bound) {
    return fmt::format("[{}, {}]", json_exact(bound.parameter),
                       bound.value ? json_exact(*bound.value) : "null");
  }
  static std::string json_of(const JobRecord& record) {
    Writer writer;
    JobRecord::fields(record, writer);
    return "{" + writer.text() + "}";
  }
  template <typename Tag>
  static std::string json_of(const Name<Tag>& name) {
    return json_exact(name.text);
  }
  template <typename T>
  static std::string json_of(const std::optional<T>& value) {
    return json_of(*value);
  }
  template <typename Word>
  requires std::is_enum_v<Word>
  static std::string json_of(Word word) {
    return fmt::format("\"{}\"", names_of(word)[static_cast<std::size_t>(word)]);
  }
  static std::string json_of(const std::vector<Bound>& bound) {
    return json_list(bound, [](const Bound& each) { return json_of(each); });
  }
  static std::string json_of(const std::vector<std::string>& texts) { return json_texts(texts); }
  static std::string json_of(const std::set<std::string>& texts) { return json_texts(texts); }
  static std::string json_of(const std::set<Duration>& lengths) {
    return json_list(lengths, length_json);
  }

  std::string between_;
  std::string text_;
};

template <typename T>
std::string row_of(const T& value) {
  Writer writer;
  T::fields(value, writer);
  return "{" + writer.text() + "}";
}

/// All of it, one line each: it is short, and says what the verdict depends on.
std::string json_of(const Declared& declared) {
  Writer writer(",\n      ");
  Declared::fields(declared, writer);
  return "{\n      " + writer.text() + "\n    }";
}

/// The keys that a struct's table must have, and those that it may have.
struct Keys {
  std::vector<std::string> required;
  std::vector<std::string> optional;
};
template <typename T>
Keys keys_of() {
  Keys keys;
  const T fresh;
  T::fields(fresh, [&](std::string_view key, const auto&, Written written) {
    (may_be_missing(written) ? keys.optional : keys.required).emplace_back(key);
  });
  return keys;
}

/// Reads the fields that it visits from a table; those that are not there keep their defaults.
class Reader {
 public:
  Reader(const JsonNode& node, std::string what, const Keys& keys)
      : table_(node, std::move(what), keys.required, keys.optional) {}

  template <typename T>
  void operator()(std::string_view key, T& into, Written written) const {
    const JsonNode* const node = table_.find(key);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, std::string>)
      if (written == Written::in_lines) return read_lines(key, into);
    read({*node, key, table_.named(key)}, into);
  }

 private:
  struct Place {
    const JsonNode& node;
    std::string_view key;
    std::string what;
  };

  void read_lines(std::string_view key, std::string& into) const {
    const std::vector<std::string> lines = table_.texts(key);
    for (std::size_t i = 0; i < lines.size(); ++i) into += (i == 0 ? "" : "\n") + lines[i];
  }
  void read(const Place& place, std::string& into) const {
    into = JsonTable::text_in(place.node, place.what);
  }
  void read(const Place& place, int& into) const {
    into = static_cast<int>(JsonTable::whole(place.node, place.what, INT_MIN, INT_MAX));
  }
  void read(const Place& place, std::int64_t& into) const {
    into = JsonTable::whole(place.node, place.what, INT64_MIN, INT64_MAX);
  }
  void read(const Place& place, bool& into) const { into = table_.truth(place.key); }
  void read(const Place& place, Duration& into) const {
    into = duration_in(place.node, place.what);
  }
  void read(const Place& place, Instant& into) const { into = instant_in(place.node, place.what); }
  void read(const Place& place, AttemptId& into) const { read(place, into.number); }
  template <typename Tag>
  void read(const Place& place, Name<Tag>& into) const {
    read(place, into.text);
  }
  template <typename T>
  void read(const Place& place, std::optional<T>& into) const {
    read(place, into.emplace());
  }
  void read(const Place& place, FaultKind& into) const {
    const bool text = place.node.kind == JsonNode::Kind::text;
    const auto kind = text ? fault_from_text(place.node.text) : std::nullopt;
    if (!kind) wrong(place.node, place.what, "a fault that \"list faults\" names");
    into = *kind;
  }
  template <typename Word>
  requires std::is_enum_v<Word>
  void read(const Place& place, Word& into) const {
    const auto names = names_of(Word{});
    const std::vector<std::string> known(names.begin(), names.end());
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (place.node.kind != JsonNode::Kind::text || place.node.text != known[i]) continue;
      into = static_cast<Word>(i);
      return;
    }
    wrong(place.node, place.what, listed(known) + did_you_mean(place.node.text, known));
  }
  void read(const Place& place, std::vector<std::string>& into) const {
    into = table_.texts(place.key);
  }
  void read(const Place& place, std::set<std::string>& into) const {
    for (std::string& text : table_.texts(place.key)) into.insert(std::move(text));
  }
  void read(const Place& place, std::set<Duration>& into) const {
    for (const JsonNode& node : table_.list(place.key)) {
      const std::string what = "a length in " + place.what;
      into.insert(duration_in(node, what));
    }
  }
  void read(const Place& place, std::vector<Bound>& into) const {
    if (place.node.kind != JsonNode::Kind::array)
      wrong(place.node, place.what, "a list of [parameter, value]");
    for (const JsonNode& pair : place.node.items) {
      if (pair.kind != JsonNode::Kind::array || pair.items.size() != 2)
        wrong(pair, "one of " + place.what, "[parameter, value]");
      Bound& each = into.emplace_back();
      each.parameter = JsonTable::text_in(pair.items[0], "a parameter in " + place.what);
      const JsonNode& value = pair.items[1];
      if (value.kind != JsonNode::Kind::other || value.text != "null")
        each.value = JsonTable::text_in(value, "a value in " + place.what);
    }
  }
  void read(const Place& place, JobRecord& into) const;

  JsonTable table_;
};

/// A struct from its table, which messages call so.
template <typename T>
T read_from(const JsonNode& node, const std::string& what) {
  T value;
  T::fields(value, Reader(node, what, keys_of<T>()));
  return value;
}

void Reader::read(const Place& place, JobRecord& into) const {
  into = read_from<JobRecord>(place.node, "a job's record");
}

}  // namespace

std::string to_json(const Violation& violation) { return row_of(violation); }

std::string to_json(const Told& told) {
  std::string text = "{\n";
  text += fmt::format("    \"violation\": {},\n", row_of(told.violation));
  text += fmt::format("    \"story\": {},\n", json_exact(told.story));
  text += fmt::format("    \"declared\": {},\n", json_of(told.history.declared));
  text += fmt::format("    \"token\": {},\n", row_of(told.token));
  text +=
      fmt::format("    \"sources\": {},\n", json_lines_of("    ", told.sources, row_of<SqlSource>));
  text += fmt::format("    \"events\": {}\n  }}",
                      json_lines_of("    ", told.history.events, row_of<Event>));
  return text;
}

Violation violation_from_json(const JsonNode& node) {
  return read_from<Violation>(node, "a violation");
}

Told told_from_json(const JsonNode& node, const std::string& expected) {
  const JsonTable table(node, "\"told\"",
                        {"violation", "story", "declared", "token", "sources", "events"});
  Told told;
  told.violation = violation_from_json(table["violation"]);
  told.story = table.text("story");
  told.history.declared = read_from<Declared>(table["declared"], "\"declared\"");
  told.token = read_from<LeaseToken>(table["token"], "\"token\"");
  for (const JsonNode& source : table.list("sources"))
    told.sources.push_back(read_from<SqlSource>(source, "a source"));
  for (const JsonNode& event : table.list("events"))
    told.history.events.push_back(read_from<Event>(event, "an event"));
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
