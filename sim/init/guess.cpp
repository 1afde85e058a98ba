#include "sim/init/guess.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// The column whose labels say how a job stands.
void guess_state_column(const Guessing& all) {
  for (const ColumnSet& set : all.all_claimed())
    if (set.to == To::constant && set.labels[0] != "true" && set.labels[0] != "false") {
      const ColumnDefinition* column = all.column(set.column);
      const bool number = column != nullptr && column->type.starts_with("int");
      if (!number || says(set.column, {"stat"})) all.guess.state = set.column;
    }
  if (!all.guess.state.empty() || all.table() == nullptr) return;
  for (const ColumnDefinition& column : all.table()->columns)
    if (says(column.name, {"state", "status"}) && all.guess.kind != QueueGuess::Kind::leader)
      all.guess.state = column.name;
}

/// How long things take: nothing in SQL says it.
void guess_pace(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (guess.lease > 0us) {
    guess.work = std::clamp<Duration>(part_of(guess.lease, 3), 1ms, 10s);
    guess.poll = std::clamp<Duration>(part_of(guess.lease, 6), 1ms, 5s);
  }
  const std::string said = all.answer("pace");
  if (!said.empty()) {
    const std::size_t comma = std::min(said.find(','), said.size());
    const auto work = duration_from_text(trimmed(said.substr(0, comma)));
    const auto poll = duration_from_text(trimmed(said.substr(std::min(comma + 1, said.size()))));
    if (!work || !poll || *work <= 0us || *poll <= 0us)
      throw InputError(
          fmt::format("{} is not how long work takes, and how long a worker waits; "
                      "write it as \"10s, 5s\"",
                      in_quotes(said)));
    guess.work = *work;
    guess.poll = *poll;
  }
  all.suppose("pace", fmt::format("{}, {}", to_text(guess.work), to_text(guess.poll)),
              "work of that length, and a poll that often; no SQL says it",
              "how long does the work on a job take, and how long does a worker wait when there is "
              "none?");
}

/// Whether the worker's code looks at how many rows its last statement changed.
void guess_count(const Guessing& all) {
  const InitStatement* end = all.files.find(all.guess.succeed);
  if (end == nullptr) return;
  if (end->statement.command == Command::exec || end->statement.command == Command::batchexec)
    return all.know("count", "not looked at", fmt::format("{} is :exec", end->name()));
  const std::string said = all.answer("count");
  if (!said.empty() && said != "looked at" && said != "not looked at")
    throw InputError(
        fmt::format("{} is neither \"looked at\" nor \"not looked at\"", in_quotes(said)));
  all.suppose("count", said.empty() ? "looked at" : said,
              fmt::format("{} tells how many rows it changed", end->name()),
              fmt::format("does the worker give up when {} changes no row (looked at, not looked "
                          "at)?",
                          end->name()));
}

/// Whether something in it begins that does not end: "{a".
bool is_open(const std::string& text) {
  const auto count = [&](char c) { return std::count(text.begin(), text.end(), c); };
  return count('{') > count('}') || count('[') > count(']') || count('"') % 2 != 0;
}

}  // namespace

std::string Guessing::answer(const std::string& subject) const {
  guess.heard.insert(subject);
  const auto found = answers.find(subject);
  return found == answers.end() ? "" : found->second;
}
std::vector<std::pair<std::string, std::string>> Guessing::pairs_answered(
    const std::string& subject) const {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string said = answer(subject); !said.empty();) {
    const std::size_t comma = said.find(',');
    const std::string part = said.substr(0, comma);
    said.erase(0, comma == said.npos ? said.size() : comma + 1);
    const std::size_t equal = part.find('=');
    // A comma may be part of a value: {a,b}.
    if (!pairs.empty() && (equal == part.npos || is_open(pairs.back().second)))
      pairs.back().second += "," + part;
    else
      pairs.emplace_back(trimmed(part.substr(0, equal)),
                         equal == part.npos ? "" : part.substr(equal + 1));
  }
  for (auto& [name, value] : pairs) value = trimmed(std::string(value));
  return pairs;
}
std::vector<std::string> Guessing::list_answered(const std::string& subject) const {
  std::vector<std::string> found;
  for (std::string said = answer(subject); !said.empty() && said != "none";) {
    const std::size_t comma = said.find(',');
    found.emplace_back(trimmed(std::string_view(said).substr(0, comma)));
    said.erase(0, comma == said.npos ? said.size() : comma + 1);
  }
  return found;
}
std::vector<std::string> Guessing::columns_answered(const std::string& subject) const {
  std::vector<std::string> columns = list_answered(subject), known;
  for (const std::string& name : guess.claim)
    if (const InitStatement* claim = files.find(name))
      known.insert(known.end(), claim->returned.begin(), claim->returned.end());
  for (const std::string& column : columns)
    if (std::find(known.begin(), known.end(), column) == known.end())
      throw InputError(fmt::format("the claim returns no column {}; it returns {}{}",
                                   in_quotes(column), listed(known), did_you_mean(column, known)));
  return columns;
}
std::vector<std::string> Guessing::tokens_answered() const {
  std::vector<std::string> columns = columns_answered("token");
  for (const std::string& column : columns)
    for (const std::string& name : guess.claim) {
      const InitStatement* claim = files.find(name);
      const TableUse* own = use(name);
      if (claim == nullptr || own == nullptr || own->inserts) continue;
      const auto from = claim->returned_from.find(column);
      if (from != claim->returned_from.end() && claimed(from->second) == nullptr)
        throw InputError(
            fmt::format("{} is the same for every claim of a job, and proves none; name what each "
                        "claim writes anew and returns, or none",
                        in_quotes(column)));
    }
  return columns;
}
void Guessing::know(std::string subject, std::string value, std::string reason) const {
  guess.guesses.push_back({std::move(subject), std::move(value), std::move(reason), ""});
}
void Guessing::suppose(std::string subject, std::string value, std::string reason,
                       std::string question) const {
  const bool unheard = guess.heard.insert(subject).second;
  if (const auto said = answers.find(subject); said != answers.end()) {
    if (unheard && !said->second.empty() && said->second != value)
      throw InputError(fmt::format(
          "{} is more than a line can answer; answer nothing, which takes the guess, and "
          "mend what is written",
          in_quotes(subject)));
    return know(subject, std::move(value), "you said so");
  }
  guess.guesses.push_back(
      {std::move(subject), std::move(value), std::move(reason), std::move(question)});
}

const TableUse* Guessing::use(const std::string& statement) const {
  const InitStatement* found = files.find(statement);
  return found == nullptr ? nullptr : found->use(guess.table);
}
const ColumnDefinition* Guessing::column(const std::string& name) const {
  return table() == nullptr ? nullptr : table()->column(name);
}
const ColumnSet* Guessing::claimed(const std::string& name) const {
  for (auto statement = guess.claim.rbegin(); statement != guess.claim.rend(); ++statement)
    if (const TableUse* own = use(*statement))
      if (const ColumnSet* set = own->set(name)) return set;
  return nullptr;
}
std::vector<ColumnSet> Guessing::all_claimed() const {
  std::vector<ColumnSet> sets;
  for (const std::string& statement : guess.claim)
    if (const TableUse* own = use(statement))
      sets.insert(sets.end(), own->sets.begin(), own->sets.end());
  return sets;
}
std::string Guessing::returned_new(const std::string& name) const {
  bool changed = false;
  for (const std::string& statement : guess.claim) {
    const InitStatement* found = files.find(statement);
    const TableUse* own = use(statement);
    changed = changed || (own != nullptr && own->set(name) != nullptr);
    if (found == nullptr || !changed) continue;
    for (const auto& [called, from] : found->returned_from)
      if (from == name) return called;
  }
  return "";
}
std::string Guessing::returned_as(const std::string& name) const {
  if (name.empty()) return "";
  for (const std::string& statement : guess.claim)
    if (const InitStatement* found = files.find(statement))
      for (const auto& [called, from] : found->returned_from)
        if (from == name) return called;
  return "";
}
bool Guessing::is_of_one_job(const InitStatement& statement) const {
  const TableUse* own = statement.use(guess.table);
  if (own == nullptr) return false;
  return std::any_of(own->tests.begin(), own->tests.end(), [&](const ColumnTest& test) {
    const bool fixed = guess.kind == QueueGuess::Kind::leader;
    const bool named =
        test.is == ColumnTest::Is::parameter || (fixed && test.is == ColumnTest::Is::label);
    return named && !test.negated && !test.alternative &&
           (test.column == guess.key || (fixed && test.column == guess.owner));
  });
}
bool Guessing::claims(const InitStatement& statement) const {
  return std::find(guess.claim.begin(), guess.claim.end(), statement.name()) != guess.claim.end();
}

std::vector<std::string> QueueGuess::unconfirmed() const {
  std::vector<std::string> subjects;
  for (const Guess& each : guesses)
    if (!each.question.empty()) subjects.push_back(each.subject);
  return subjects;
}

QueueGuess guess_queue(const InitFiles& files, const Answers& answers) {
  QueueGuess guess;
  const Guessing all{files, answers, guess};
  guess_claim(all);
  if (guess.claim.empty()) return guess;
  guess_state_column(all);
  guess_lease(all);
  guess_ends(all);
  guess_states(all);
  guess_pace(all);
  guess_count(all);
  guess_sources(all);
  return guess;
}

}  // namespace fencepost
