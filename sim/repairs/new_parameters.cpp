#include "sim/repairs/new_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/mutants/mutant.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

using Style = PlaceholderStyle::Kind;

/// As the statement writes its parameters, or else as others in its file do.
PlaceholderStyle style_of(const RepairFacts& facts, const ReadStatement& read) {
  if (const auto own = placeholder_style(read.statement->text)) return *own;
  for (const ReadStatement* other : facts.statements())
    if (other->statement->where.file == read.statement->where.file)
      if (const auto its = placeholder_style(other->statement->text)) return *its;
  return {};
}

/// A name as a source in TOML: one that is no plain word stands in quotes of its own.
std::string name_in_toml(const std::string& name) {
  return is_plain_name(name) ? fmt::format("\"{}\"", name) : fmt::format("'\"{}\"'", name);
}

}  // namespace

NewParameters::NewParameters(const RepairFacts& facts, const ReadStatement& like,
                             const ReadStatement* into)
    : facts_(facts), into_(into), style_(style_of(facts, like)) {}

NewParameters::NewParameters(const RepairFacts& facts, const ReadStatement& into, std::size_t at)
    : NewParameters(facts, into, &into) {
  if (style_.kind == Style::numbered) first_ += into.statement->parameters.size();
  if (style_.kind == Style::ordered)
    for (const SqlPart& part : sql_parts(into.statement->sql))
      if (part.kind == SqlKind::parameter && part.begin < at) ++first_;
  next_ = first_;
}

NewParameters NewParameters::as_in(const RepairFacts& facts, const ReadStatement& like) {
  return NewParameters(facts, like, nullptr);
}

/// The name that its worker knows a parameter ("$1") by, the same in all uses; else empty.
std::string NewParameters::meaning(const ReadStatement& of, std::string_view parameter) const {
  std::string name;
  for (const StatementUse& use : of.uses) {
    const std::string here = facts_.lint().value_name(of, use, parameter);
    if (here.empty() || (!name.empty() && here != name)) return "";
    name = here;
  }
  return name;
}

/// The statement's own parameter for it.
std::optional<std::string> NewParameters::own(std::string_view name) const {
  if (into_ == nullptr || style_.kind == Style::ordered) return std::nullopt;
  const std::vector<std::string>& all = into_->statement->parameters;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (meaning(*into_, fmt::format("${}", i + 1)) == name)
      return style_.kind == Style::named ? style_.named(all[i]) : style_.numbered(i + 1);
  return std::nullopt;
}

std::optional<std::string> NewParameters::parameter(const std::string& name,
                                                    std::string_view column) {
  if (const auto known = own(name)) return known;
  const auto again = std::find_if(numbered_.begin(), numbered_.end(),
                                  [&](const auto& each) { return each.second == name; });
  if (style_.kind == Style::numbered && again != numbered_.end())
    return style_.numbered(again->first);
  // Where there are none yet, the driver may take the text as it is, and a % for itself.
  const bool first = into_ != nullptr && into_->statement->parameters.empty();
  if (first && style_.before.starts_with('%') &&
      into_->statement->text.find('%') != std::string::npos)
    return std::nullopt;
  const auto has = [&](const std::string& own) {
    return into_ != nullptr && std::count(into_->statement->parameters.begin(),
                                          into_->statement->parameters.end(), own) > 0;
  };
  if (style_.kind == Style::named) {
    if (!is_plain_name(name) || has(name)) return std::nullopt;
    return style_.named(name);
  }
  const std::string key = fmt::format("${}", next_);
  if (facts_.protocol().names.contains(name)) return std::nullopt;
  if (column != name || facts_.protocol().names.contains(key))
    with_.push_back(fmt::format("\"{}\" = {}", key, name_in_toml(name)));
  numbered_.emplace_back(next_, name);
  return style_.numbered(next_++);
}

std::optional<std::string> NewParameters::expression(const ReadStatement& from, Clause span) {
  const std::string text = in_one_line(from.own_text(span));
  std::vector<std::string> numbers;
  const std::string made = from.statement->sql.substr(span.begin, span.end - span.begin);
  for (const SqlPart& part : sql_parts(made))
    if (part.kind == SqlKind::parameter) numbers.push_back(part.name);
  std::string out;
  std::size_t next = 0;
  const std::size_t before = next_, withs = with_.size();
  for (const SqlPart& part : sql_parts(text)) {
    if (part.kind != SqlKind::parameter) {
      out += part.text;
      continue;
    }
    if (next == numbers.size()) return std::nullopt;
    const std::string& number = numbers[next++];
    const std::string& name = part.name;
    const Protocol& protocol = facts_.protocol();
    if (style_.kind == Style::named && protocol.names.contains(name)) {
      out += style_.named(name);
      continue;
    }
    const std::string means = meaning(from, number);
    const bool known = means == "worker" || protocol.constants.contains(means) || own(means);
    const auto here = known && !means.empty() ? parameter(means, "") : std::nullopt;
    if (!here) {
      next_ = before;
      numbered_.resize(next_ - first_);
      with_.resize(withs);
      return std::nullopt;
    }
    out += *here;
  }
  return out;
}

/// Where only order tells parameters apart, those behind get other numbers.
void NewParameters::renumber(const TomlNode& with, std::vector<FileEdit>& into) const {
  for (const TomlEntry& entry : with.entries) {
    if (!entry.key.starts_with('$')) continue;
    const std::size_t number = std::stoul(entry.key.substr(1));
    if (number < first_) continue;
    if (const auto at = facts_.key_bytes(entry))
      into.push_back(facts_.in_toml(*at, fmt::format("\"${}\"", number + next_ - first_)));
  }
}

std::vector<FileEdit> NewParameters::edits() const {
  std::vector<FileEdit> all;
  if (into_ == nullptr || !numbers()) return all;
  for (const TomlNode* step : facts_.steps_that_run(*into_)) {
    const TomlNode* with = step->find("with");
    if (with != nullptr && style_.kind == Style::ordered) renumber(*with, all);
    if (with_.empty()) continue;
    const auto add = [&](std::vector<FileEdit> edits) {
      for (FileEdit& each : edits) all.push_back(std::move(each));
    };
    if (with == nullptr)
      add(facts_.with_key(*step, fmt::format("with = {{ {} }}", fmt::join(with_, ", "))));
    else
      for (const std::string& entry : with_) add(facts_.with_entry(*with, entry));
  }
  return all;
}

}  // namespace fencepost
