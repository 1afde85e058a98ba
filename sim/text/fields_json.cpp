#include "sim/text/fields_json.hpp"

#include <fmt/format.h>

#include <climits>

#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// A list of pairs of a text and something, which messages call so.
std::vector<std::pair<std::string, const JsonNode*>> pairs_in(const JsonField& field,
                                                              std::string_view text,
                                                              std::string_view other) {
  const std::string form = fmt::format("[{}, {}]", text, other);
  if (field.node().kind != JsonNode::Kind::array)
    wrong(field.node(), field.named(), "a list of " + form);
  std::vector<std::pair<std::string, const JsonNode*>> pairs;
  for (const JsonNode& pair : field.node().items) {
    if (pair.kind != JsonNode::Kind::array || pair.items.size() != 2)
      wrong(pair, "one of " + field.named(), form);
    pairs.emplace_back(
        JsonTable::text_in(pair.items[0], fmt::format("a {} in {}", text, field.named())),
        &pair.items[1]);
  }
  return pairs;
}

}  // namespace

std::string json_of(const std::string& text) { return json_exact(text); }
std::string json_of(int number) { return std::to_string(number); }
std::string json_of(std::int64_t number) { return std::to_string(number); }
std::string json_of(std::uint64_t number) { return std::to_string(number); }
std::string json_of(bool truth) { return truth ? "true" : "false"; }
std::string json_of(Duration duration) { return length_json(duration); }
std::string json_of(Instant instant) { return instant_json(instant); }
std::string json_of(AttemptId attempt) { return std::to_string(attempt.number); }
std::string json_of(FaultKind kind) { return fmt::format("\"{}\"", to_text(kind)); }
std::string json_of(const std::vector<std::string>& texts) { return json_texts(texts); }
std::string json_of(const std::set<std::string>& texts) { return json_texts(texts); }
std::string json_of(const std::set<Duration>& lengths) { return json_list(lengths, length_json); }

std::string json_of(const std::map<std::string, int>& counts) {
  return json_list(counts, [](const auto& count) {
    return fmt::format("[{}, {}]", json_exact(count.first), count.second);
  });
}

std::string json_of(const std::map<std::string, std::string>& texts) {
  return json_lines_of("          ", texts, [](const auto& text) {
    return fmt::format("[{}, {}]", json_exact(text.first), json_exact(text.second));
  });
}

std::string json_of(const std::vector<Bound>& bound) {
  return json_list(bound, [](const Bound& each) {
    return fmt::format("[{}, {}]", json_exact(each.parameter),
                       each.value ? json_exact(*each.value) : "null");
  });
}

std::string json_in_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return json_lines_of("      ", lines, json_exact);
}

void read_json_lines(const JsonField& field, std::string& into) {
  const std::vector<std::string> lines = field.table.texts(field.key);
  for (std::size_t i = 0; i < lines.size(); ++i) into += (i == 0 ? "" : "\n") + lines[i];
}

void read_json(const JsonField& field, std::string& into) { into = field.table.text(field.key); }

void read_json(const JsonField& field, int& into) {
  into = static_cast<int>(JsonTable::whole(field.node(), field.named(), INT_MIN, INT_MAX));
}

void read_json(const JsonField& field, std::int64_t& into) {
  into = JsonTable::whole(field.node(), field.named(), INT64_MIN, INT64_MAX);
}

void read_json(const JsonField& field, std::uint64_t& into) {
  const JsonNode& node = field.node();
  if (node.kind != JsonNode::Kind::integer || !node.natural)
    wrong(node, field.named(), "a whole number from 0 to 18446744073709551615");
  into = *node.natural;
}

void read_json(const JsonField& field, bool& into) { into = field.table.truth(field.key); }

void read_json(const JsonField& field, Duration& into) {
  into = duration_in(field.node(), field.named());
}

void read_json(const JsonField& field, Instant& into) {
  into = instant_in(field.node(), field.named());
}

void read_json(const JsonField& field, AttemptId& into) { read_json(field, into.number); }

void read_json(const JsonField& field, FaultKind& into) {
  const bool text = field.node().kind == JsonNode::Kind::text;
  const auto kind = text ? fault_from_text(field.node().text) : std::nullopt;
  if (!kind) wrong(field.node(), field.named(), "a fault that \"list faults\" names");
  into = *kind;
}

void read_json(const JsonField& field, std::vector<std::string>& into) {
  into = field.table.texts(field.key);
}

void read_json(const JsonField& field, std::set<std::string>& into) {
  for (std::string& text : field.table.texts(field.key)) into.insert(std::move(text));
}

void read_json(const JsonField& field, std::set<Duration>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.insert(duration_in(node, "a length in " + field.named()));
}

void read_json(const JsonField& field, std::map<std::string, int>& into) {
  for (const auto& [name, count] : pairs_in(field, "name", "count"))
    into[name] = static_cast<int>(
        JsonTable::whole(*count, "a count in " + field.named(), 0, INT64_C(2'000'000'000)));
}

void read_json(const JsonField& field, std::map<std::string, std::string>& into) {
  for (const auto& [name, text] : pairs_in(field, "name", "text"))
    into[name] = JsonTable::text_in(*text, "a text in " + field.named());
}

void read_json(const JsonField& field, std::vector<Bound>& into) {
  for (const auto& [parameter, value] : pairs_in(field, "parameter", "value")) {
    Bound& each = into.emplace_back();
    each.parameter = parameter;
    if (value->kind != JsonNode::Kind::other || value->text != "null")
      each.value = JsonTable::text_in(*value, "a value in " + field.named());
  }
}

void read_json(const JsonField& field, JobRecord& into) {
  into = read_from<JobRecord>(field.node(), "a job's record");
}

void read_json(const JsonField& field, Violation& into) {
  into = read_from<Violation>(field.node(), "a violation");
}

std::size_t read_json_word(const JsonField& field, const std::vector<std::string>& words) {
  const JsonNode& node = field.node();
  if (node.kind == JsonNode::Kind::text)
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == node.text) return i;
  wrong(node, field.named(), listed(words) + did_you_mean(node.text, words));
}

}  // namespace fencepost
