#include "sim/repairs/repair_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/text/files.hpp"
#include "sql/name_line.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

bool has(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

/// What stands behind "=" in "column = value", or the whole where there is none.
std::string value_text(const ReadStatement& read, const Query& query, const Assignment& set) {
  std::string text = read.own_text(set.span);
  if (query.kind != Query::Kind::update) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos || text.find_first_of("'(") < equals) return text;
  }
  const std::size_t equals = text.find('=');
  return equals == text.npos ? text : std::string(trimmed(text.substr(equals + 1)));
}

}  // namespace

bool is_own(const Statement& statement) {
  static const std::set<std::string> own = {"observe", "applied", "insert_job", "insert_item"};
  return own.contains(statement.name) || statement.command == Command::never;
}

std::string sql_table(const TableName& table) {
  return (table.schema.empty() ? "" : sql_name(table.schema) + ".") + sql_name(table.name);
}

RepairFacts::RepairFacts(const Protocol& protocol) : lint_(protocol), files_(protocol.files) {
  for (const ReadStatement& read : lint_.statements()) {
    const Statement& statement = *read.statement;
    const bool by_person = std::any_of(read.uses.begin(), read.uses.end(),
                                       [](const StatementUse& use) { return use.role->operates; });
    if (protocol.find(statement.name) != &statement || is_own(statement) || by_person) continue;
    const Span& where = statement.where;
    if (files_.at(where.file).substr(where.begin, where.end - where.begin) != statement.text)
      continue;
    statements_.push_back(&read);
  }
  for_each_use(lint_, [&](const ReadStatement& read, const StatementUse& use) {
    if (!use.role->operates) add_known(read, use);
  });
  const auto file = protocol.folder / "protocol.toml";
  toml_text_ = files_.at(file);
  toml_ = toml_tree(toml_text_, file.string());
  lines_ = {0};
  for (std::size_t i = 0; i < toml_text_.size(); ++i)
    if (toml_text_[i] == '\n') lines_.push_back(i + 1);
}

void RepairFacts::add_known(const ReadStatement& read, const StatementUse& use) {
  std::vector<KnownValue>& known = known_[use.role->name];
  const std::vector<std::string>& tokens = protocol().lease_token;
  using Kind = KnownValue::Kind;
  for (const Query& query : read.queries) {
    for (const Assignment& set : query.writes() ? all_sets(query) : std::vector<Assignment>()) {
      const std::string name = set.value.kind == Operand::Kind::parameter
                                   ? lint_.value_name(read, use, set.value.text)
                                   : std::string();
      const bool claims = use.part == StatementUse::Part::claim;
      if (claims && !name.empty() && !protocol().constants.contains(name))
        known.push_back({query.target.name, set.column, name,
                         has(tokens, name) ? Kind::proof : Kind::other, use.order});
      if (claims && set.value.kind == Operand::Kind::constant && set.value.text != "null")
        known.push_back({query.target.name, set.column, value_text(read, query, set), Kind::literal,
                         use.order});
    }
    if (query.within != Query::Within::nothing) continue;
    for (const Output& output : query.outputs)
      if (output.value.kind == Operand::Kind::column && output.value.text != "*")
        known.push_back({"", output.value.text, output.name,
                         has(tokens, output.name) ? Kind::proof : Kind::other, use.order});
  }
}

const ReadStatement* RepairFacts::find(const std::string& name) const {
  for (const ReadStatement* read : statements_)
    if (read->statement->name == name) return read;
  return nullptr;
}

std::vector<KnownValue> RepairFacts::known(const ReadStatement& read,
                                           const std::vector<std::string>& tables) const {
  std::vector<KnownValue> all;
  const auto role = known_.find(read.uses.front().role->name);
  if (role == known_.end()) return all;
  for (const KnownValue& value : role->second) {
    const bool there = std::any_of(tables.begin(), tables.end(), [&](const std::string& table) {
      return (value.table.empty() || value.table == table) && columns(table).contains(value.column);
    });
    const bool again = std::any_of(all.begin(), all.end(), [&](const KnownValue& each) {
      return each.column == value.column && each.value == value.value;
    });
    const bool whenever =
        std::all_of(read.uses.begin(), read.uses.end(),
                    [&](const StatementUse& use) { return known_at(value, use); });
    if (there && !again && whenever) all.push_back(value);
  }
  return all;
}

bool RepairFacts::known_at(const KnownValue& value, const StatementUse& use) const {
  const auto role = known_.find(use.role->name);
  return role != known_.end() &&
         std::any_of(role->second.begin(), role->second.end(), [&](const KnownValue& each) {
           return each.column == value.column && each.value == value.value &&
                  (each.since < use.order || use.part == StatementUse::Part::heartbeat);
         });
}

std::set<std::string> RepairFacts::columns(const std::string& table) const {
  std::set<std::string> names;
  if (const TableDefinition* found = lint_.schema().table(table))
    for (const ColumnDefinition& column : found->columns) names.insert(column.name);
  return names;
}

FileEdit RepairFacts::edit(const ReadStatement& read, Clause at, std::string text) const {
  const Clause own = read.statement->map.replaceable(at);
  const std::size_t from = read.statement->where.begin;
  return {read.statement->where.file, {{from + own.begin, from + own.end}, std::move(text)}};
}

FileEdit RepairFacts::appended(const ReadStatement& read, const std::string& text) const {
  const std::string& all = files_.at(read.statement->where.file);
  const std::string_view last = trimmed(all);
  const bool ended = last.ends_with(';');
  return {read.statement->where.file,
          {{all.size(), all.size()},
           (ended ? "" : "\n;") + std::string(all.ends_with('\n') ? "\n" : "\n\n") + text}};
}

std::optional<FileEdit> RepairFacts::with_command(const ReadStatement& read,
                                                  std::string_view command) const {
  const Statement& statement = *read.statement;
  const std::string& all = files_.at(statement.where.file);
  const std::string line = "-- name: " + statement.name + " :";
  const std::size_t at = all.rfind(line, statement.where.begin);
  if (at == all.npos) return std::nullopt;
  const std::size_t begin = at + line.size();
  std::size_t end = begin;
  while (end < all.size() && in_sql_word(all[end])) ++end;
  return FileEdit{statement.where.file, {{begin, end}, std::string(command)}};
}

FileEdit RepairFacts::in_toml(Clause at, std::string text, FileEdit::Order order) const {
  return {protocol().folder / "protocol.toml", {at, std::move(text)}, order};
}

// Columns count characters.
std::size_t RepairFacts::byte_of(TomlPlace place) const {
  std::size_t byte = lines_[place.line - 1];
  for (std::uint32_t column = 1; column < place.column && byte < toml_text_.size(); ++column) {
    ++byte;
    while (byte < toml_text_.size() &&
           (static_cast<unsigned char>(toml_text_[byte]) & 0xC0) == 0x80)
      ++byte;
  }
  return byte;
}

Clause RepairFacts::bytes(const TomlNode& node) const {
  return {byte_of(node.begin), byte_of(node.end)};
}

std::string RepairFacts::text(const TomlNode& node) const {
  const Clause at = bytes(node);
  return toml_text_.substr(at.begin, at.end - at.begin);
}

std::vector<FileEdit> RepairFacts::with_entry(const TomlNode& table,
                                              const std::string& entry) const {
  using Order = FileEdit::Order;
  const Clause at = bytes(table);
  if (toml_text_[at.begin] == '{') {
    std::size_t end = at.end - 1;
    while (toml_text_[end - 1] == ' ') --end;
    return {in_toml({end, end}, (table.entries.empty() ? " " : ", ") + entry, Order::entry)};
  }
  const std::size_t line = lines_[table.begin.line - 1];
  if (toml_text_[at.begin] != '[') {
    const std::string key = toml_text_.substr(line, at.end - line);
    return {in_toml({line, line}, fmt::format("{}.{}\n", key, entry), Order::entry)};
  }
  // A table that has no heading has that of its first one.
  const auto first =
      std::find_if(table.entries.begin(), table.entries.end(),
                   [&](const TomlEntry& each) { return each.value.begin == table.begin; });
  if (first != table.entries.end()) {
    std::string heading = toml_text_.substr(at.begin, toml_text_.find(']', at.begin) - at.begin);
    const std::size_t path = heading.find_first_not_of('[');
    heading = heading.substr(path, heading.rfind(first->key) - path);
    heading.resize(heading.find_last_of('.'));
    return {in_toml({line, line}, "[" + heading + "]\n", Order::heading),
            in_toml({line, line}, entry + "\n", Order::entry)};
  }
  const bool whole = table.begin.line < lines_.size();
  const std::size_t end = whole ? lines_[table.begin.line] : toml_text_.size();
  return {in_toml({end, end}, (whole ? "" : "\n") + entry + "\n", Order::entry)};
}

std::vector<FileEdit> RepairFacts::with_key(const TomlNode& step, const std::string& entry) const {
  using Order = FileEdit::Order;
  if (step.kind == TomlNode::Kind::table) return with_entry(step, entry);
  const Clause at = bytes(step);
  return {in_toml({at.begin, at.begin}, "{ run = ", Order::begin),
          in_toml({at.end, at.end}, ", " + entry, Order::entry),
          in_toml({at.end, at.end}, " }", Order::end)};
}

std::optional<Clause> RepairFacts::key_bytes(const TomlEntry& entry) const {
  const std::size_t value = byte_of(entry.value.begin);
  for (const char quote : {'"', '\''}) {
    const std::string key = quote + entry.key + quote;
    const std::size_t at = toml_text_.rfind(key, value);
    if (at == std::string::npos) continue;
    const std::string_view between(toml_text_.data() + at + key.size(), value - at - key.size());
    if (trimmed(between) == "=") return Clause{at, at + key.size()};
  }
  return std::nullopt;
}

std::vector<const TomlNode*> RepairFacts::steps_that_run(const ReadStatement& read) const {
  std::vector<const TomlNode*> found;
  for (const StepList& list : step_lists(*this))
    for (const TomlNode& step : list.steps->items)
      if (const std::string name = run_by(step);
          name == read.statement->name || without_marks(name) == read.statement->name)
        found.push_back(&step);
  return found;
}

std::string run_by(const TomlNode& step) {
  if (step.kind == TomlNode::Kind::text) return step.text;
  const TomlNode* run = step.find("run");
  return run == nullptr ? "" : run->text;
}

namespace {

void add_lists(const StepList& list, std::vector<StepList>& into) {
  into.push_back(list);
  for (const TomlNode& step : list.steps->items)
    for (const char* key : {"tx", "loop", "do", "first"}) {
      const TomlNode* inside = step.find(key);
      if (inside == nullptr || inside->kind != TomlNode::Kind::array) continue;
      StepList deeper = list;
      deeper.steps = inside;
      deeper.in_transaction = list.in_transaction || key == std::string_view("tx");
      add_lists(deeper, into);
    }
}

}  // namespace

std::vector<StepList> step_lists(const RepairFacts& facts) {
  std::vector<StepList> lists;
  for (const Role& role : facts.protocol().roles) {
    const TomlNode* table = facts.toml().find("role")->find(role.name);
    if (role.operates || table == nullptr) continue;
    for (const TomlEntry& entry : table->entries) {
      const bool operation = role.operations.contains(entry.key);
      if (operation || entry.key == "program")
        add_lists({&entry.value, role.name, operation ? entry.key : "", false}, lists);
      if (entry.key == "heartbeat")
        if (const TomlNode* program = entry.value.find("program"))
          add_lists({program, role.name, "", false}, lists);
    }
  }
  return lists;
}

}  // namespace fencepost
