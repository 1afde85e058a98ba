// What names a job, who has it, until when, which token proves it, and how often it is tried.
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Statements beside the claim's that compare a column of the table with a parameter.
std::string compared_by(const Guessing& all, const std::string& column) {
  for (const InitStatement& each : all.files.statements) {
    const TableUse* use = each.use(all.guess.table);
    if (use == nullptr || all.claims(each)) continue;
    for (const ColumnTest* test : use->tests_of(column))
      if (test->is == Is::parameter && !test->negated) return each.name();
  }
  return "";
}

/// A column that the claim returns, and that names a row of another table whose rows change, too.
std::string other_job(const Guessing& all) {
  if (all.table() == nullptr) return "";
  for (const ColumnDefinition& column : all.table()->columns) {
    const std::string called = all.returned_as(column.name);
    if (column.references.empty() || called.empty() || column.name == all.guess.key) continue;
    for (const InitStatement& each : all.files.statements)
      if (const TableUse* use = each.use(column.references); use != nullptr && use->updates)
        return called;
  }
  return "";
}

void guess_key(const Guessing& all) {
  QueueGuess& guess = all.guess;
  std::vector<std::string> columns;
  if (const TableDefinition* table = all.table()) {
    if (table->primary_key.size() == 1) columns = table->primary_key;
    for (const ColumnDefinition& each : table->columns)
      if (each.is_unique) columns.push_back(each.name);
    columns.insert(columns.end(), table->primary_key.begin(), table->primary_key.end());
    for (const ColumnDefinition& each : table->columns)
      if (!compared_by(all, each.name).empty()) columns.push_back(each.name);
  }
  // A queue's name is part of some keys, and every claim asks for one.
  std::erase_if(columns, [&](const std::string& each) {
    if (guess.kind == QueueGuess::Kind::leader) return false;
    const TableUse* use = all.use(guess.claim.front());
    const auto tests = use == nullptr ? std::vector<const ColumnTest*>() : use->tests_of(each);
    return std::any_of(tests.begin(), tests.end(), [](const ColumnTest* test) {
      return (test->is == Is::parameter || test->is == Is::label) && !test->negated &&
             !test->alternative;
    });
  });
  // What the ends ask for is the name of a job, rather than a number that only the table knows.
  std::stable_partition(columns.begin(), columns.end(), [&](const std::string& each) {
    return guess.kind != QueueGuess::Kind::leader && !all.returned_as(each).empty() &&
           !compared_by(all, each).empty();
  });
  const bool leader = guess.kind == QueueGuess::Kind::leader;
  for (const std::string& each : columns) {
    if (all.returned_as(each).empty() && !leader) continue;
    guess.key = each;
    guess.job = all.returned_as(each).empty() ? each : all.returned_as(each);
    break;
  }
  if (guess.key.empty() && !columns.empty()) guess.key = guess.job = columns.front();
  if (const std::string said = all.answer("job"); !said.empty()) {
    columns = all.columns_answered("job");
    if (columns.size() != 1)
      throw InputError(in_quotes(said) + " is not one column; write the one that names the job");
    guess.job = columns.front();
    for (const std::string& name : guess.claim)
      if (const auto* claim = all.files.find(name); claim->returned_from.contains(guess.job))
        guess.key = claim->returned_from.at(guess.job);
    return all.know("job", guess.job, "you said so");
  }
  if (leader) return;
  const std::string other = other_job(all);
  if (!other.empty())
    return all.suppose(
        "job", guess.job,
        fmt::format("the claim returns it, and {}, which names a row of another table", other),
        "which column that the claim returns names the job?");
  std::vector<std::string> parts;
  if (const TableDefinition* table = all.table())
    for (const std::string& each : table->primary_key)
      if (std::find(columns.begin(), columns.end(), each) != columns.end()) parts.push_back(each);
  if (parts.size() > 1 && std::find(parts.begin(), parts.end(), guess.key) != parts.end())
    all.suppose("job", guess.job, "the claim returns it, but it is only a part of the key",
                "which column that the claim returns names the job?");
  else if (!guess.job.empty() && !all.returned_as(guess.key).empty())
    all.know("job", guess.job,
             fmt::format("{} returns it, and it names a row", guess.claim.front()));
  else
    all.suppose("job", guess.job, "the claim returns no column that names a row",
                "which column that the claim returns names the job?");
}

/// A leader's row is there for ever, under a name.
void guess_fixed(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (guess.kind == QueueGuess::Kind::session && guess.key.empty()) {
    guess.fixed = "leader";
    if (guess.job.empty()) guess.job = "leader_name";
    guess.constants[guess.job] = guess.fixed;
    return;
  }
  if (guess.kind != QueueGuess::Kind::leader) return;
  const InitStatement* claim = all.files.find(guess.claim.front());
  const TableUse* use = claim->use(guess.table);
  std::string parameter, name;
  if (const ColumnSet* set = use->set(guess.key)) {
    if (set->to == To::constant) name = set->labels[0];
    parameter = set->parameter;
  }
  for (const ColumnTest* test : use->tests_of(guess.key)) {
    if (test->is == Is::label) name = test->labels[0];
    if (test->is == Is::parameter) parameter = test->parameter;
  }
  // A parameter may name any row; where the schema makes one, that is meant.
  const std::vector<std::string> made = inserted_keys(all.files, guess.table, guess.key);
  const ColumnDefinition* key = all.column(guess.key);
  guess.fixed = !name.empty()   ? name
                : !made.empty() ? made.front()
                                : as_value_of(key == nullptr ? "" : key->type, "leader");
  const bool told = name.empty() && !parameter.empty();
  if (told || all.returned_as(guess.key).empty()) {
    guess.job = as_plain_name(told ? claim->called(parameter) : guess.job);
    guess.constants[guess.job] = guess.fixed;
  }
  all.know("job", guess.fixed,
           name.empty() ? "one row is held in turn; any name will do" : "its statements name it");
}

void guess_owner(const Guessing& all) {
  for (const ColumnSet& set : all.all_claimed()) {
    if (set.to != To::parameter || set.column == all.guess.key) continue;
    const ColumnDefinition* column = all.column(set.column);
    if (column != nullptr && (holds_time(*column) || column->is_array)) continue;
    if (sounds_like_token(set.column) || sounds_like_attempts(set.column)) continue;
    // Its state is nobody's name, though each statement is told which.
    if (says(set.column, {"state", "status"}) || (column != nullptr && !column->labels.empty()))
      continue;
    if (!sounds_like_owner(set.column) && !all.guess.owner.empty()) continue;
    if (!sounds_like_owner(set.column) && (column == nullptr || column->type == "uuid")) continue;
    all.guess.owner = set.column;
    if (sounds_like_owner(set.column)) break;
  }
  if (const std::string said = all.answer("owner"); !said.empty()) {
    if (said != "none" && all.claimed(said) == nullptr)
      throw InputError(fmt::format(
          "the claim writes no column {}; name one that it writes, or none", in_quotes(said)));
    all.guess.owner = said == "none" ? "" : said;
    return all.know("owner", all.guess.owner, "you said so");
  }
  const std::string& name = all.guess.owner;
  const ColumnDefinition* owner = all.column(name);
  if (owner != nullptr && !owner->references.empty())
    all.suppose("owner", name, "the claim writes there a row of " + owner->references,
                "is there a row for each worker? The schema must insert them");
  else if (sounds_like_owner(name))
    all.know("owner", name, "the claim writes there who takes the job");
  else if (!name.empty())
    all.suppose("owner", name, "the claim is told what to write there", "who takes the job?");
}

/// A test, anywhere, that a time which the claim writes has passed.
struct Passed {
  const InitStatement* statement = nullptr;
  const ColumnTest* test = nullptr;
};
std::vector<Passed> passed_tests(const Guessing& all, const std::string& column) {
  std::vector<Passed> found;
  for (const InitStatement& each : all.files.statements)
    if (const TableUse* use = each.use(all.guess.table))
      for (const ColumnTest* test : use->tests_of(column))
        if (test->is == Is::passed || test->is == Is::ahead) found.push_back({&each, test});
  return found;
}

/// interval '15 minutes' as a column's default.
std::optional<Duration> default_length(const Guessing& all, const std::string& name) {
  const ColumnDefinition* column = all.column(name);
  if (column == nullptr || !column->initial) return std::nullopt;
  const auto text = first_text_in(*column->initial);
  return text ? interval_from_text(*text) : std::nullopt;
}

/// The time that the claim writes, and how long it is good for.
void guess_until(const Guessing& all) {
  QueueGuess& guess = all.guess;
  std::string since;
  for (const ColumnSet& set : all.all_claimed()) {
    const ColumnDefinition* column = all.column(set.column);
    const bool client = set.to == To::parameter && column != nullptr && holds_time(*column);
    const bool begins = set.to == To::now || (client && sounds_like_since(set.column));
    const std::vector<Passed> tests = passed_tests(all, set.column);
    if ((set.to == To::later || (client && !begins)) && guess.lease_until.empty()) {
      guess.lease_until = set.column;
      guess.lasts = set.length;
      if (client) guess.lasts.parameter = set.parameter;
    }
    if (!begins) continue;
    if (since.empty()) since = set.column;
    for (const Passed& each : tests)
      if (each.test->length.known() && !guess.lasts.known()) {
        guess.lasts = each.test->length;
        since = set.column;
      }
    for (const Passed& each : tests) {
      if (each.test->is != Is::passed || guess.lasts.known()) continue;
      since = set.column;  // a length of the row's own, or by the client's clock
      guess.lasts.parameter = each.test->parameter;
      guess.lasts.value = default_length(all, each.test->than);
      guess.passes = true;
    }
  }
  guess.since = since;
}

void guess_lasts(const Guessing& all) {
  QueueGuess& guess = all.guess;
  guess_until(all);
  const std::string& column = guess.lease_until.empty() ? guess.since : guess.lease_until;
  const bool ends = !guess.lease_until.empty() || guess.lasts.known() || guess.passes;
  if (!ends || guess.kind == QueueGuess::Kind::transaction) return;
  const std::string said = all.answer("lasts");
  guess.lease = guess.lasts.value.value_or(30s);
  if (!said.empty()) {
    const auto length = duration_from_text(said);
    if (!length || *length <= 0us)
      throw InputError(fmt::format("a lease can't last {}; write a length such as 30s or 5min",
                                   in_quotes(said)));
    guess.lease = *length;
  }
  const std::string text = to_text(guess.lease);
  all.know("lease", column,
           guess.lease_until.empty() ? "the claim writes since when, and it is over some time later"
                                     : "the claim writes until when");
  if (guess.lasts.value && said.empty())
    all.know("lasts", text, "the SQL says so");
  else
    all.suppose("lasts", text, "the SQL does not say it", "how long does a claim hold?");
}

/// A column that every claim changes.
struct Change {
  std::string column, called;
  To to = To::other;
  std::string compared;  ///< the statement beside the claim that compares it; empty: none
};

/// A parameter of the claim, by its name.
std::string called_in_claim(const Guessing& all, const std::string& parameter) {
  for (const std::string& name : all.guess.claim)
    if (const InitStatement* claim = all.files.find(name); claim->parameters.contains(parameter))
      return as_plain_name(claim->called(parameter));
  return "";
}

/// The parameter that a column must be for the claim to take the job; empty where there is none.
std::string asked_in_claim(const Guessing& all, const std::string& column) {
  for (const std::string& name : all.guess.claim)
    if (const TableUse* use = all.use(name); use != nullptr && use->set(column) != nullptr)
      for (const ColumnTest* test : use->tests_of(column))
        if (test->is == Is::parameter && !test->negated && !test->alternative)
          return test->parameter;
  return "";
}

std::vector<Change> changes(const Guessing& all) {
  std::vector<Change> found;
  for (const ColumnSet& set : all.all_claimed()) {
    const ColumnDefinition* column = all.column(set.column);
    const bool text = column != nullptr && (column->type == "text" || column->type == "varchar" ||
                                            column->type == "bpchar");
    const bool uuid = set.to == To::parameter && column != nullptr &&
                      set.column != all.guess.owner &&
                      (column->type == "uuid" || (text && sounds_like_token(set.column)));
    if (set.to != To::counted && set.to != To::random && set.to != To::now && !uuid) continue;
    if (set.column == all.guess.lease_until) continue;
    std::string called = all.returned_new(set.column);
    const bool makes = called.empty() && uuid && !compared_by(all, set.column).empty();
    if (makes) {
      called = called_in_claim(all, set.parameter);
      all.guess.made[called] = text ? "gen_random_uuid()::text" : "gen_random_uuid()";
    }
    // The worker counts by itself: version = $2 + 1, or version + 1 where it was $2, and the claim
    // does not return it.
    const std::string before =
        set.parameter.empty() ? asked_in_claim(all, set.column) : set.parameter;
    if (called.empty() && set.to == To::counted && !before.empty() && column != nullptr &&
        !compared_by(all, set.column).empty()) {
      called = called_in_claim(all, before);
      all.guess.counted[called] = fmt::format("@{}::{} + 1", called, column->type);
    }
    found.push_back({set.column, called, set.to, compared_by(all, set.column)});
  }
  return found;
}

void guess_token(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (guess.kind == QueueGuess::Kind::session || guess.kind == QueueGuess::Kind::transaction)
    return;
  if (!all.answer("token").empty()) {
    guess.token = all.tokens_answered();
    return all.know("token", fmt::format("{}", fmt::join(guess.token, ", ")), "you said so");
  }
  std::vector<Change> found = changes(all);
  std::erase_if(found, [](const Change& each) { return each.called.empty(); });
  const bool any = std::any_of(found.begin(), found.end(),
                               [](const Change& each) { return !each.compared.empty(); });
  const std::string question = "what does a claim give its worker that no other claim has?";
  if (any) {
    std::erase_if(found, [](const Change& each) { return each.compared.empty(); });
  } else {
    std::stable_sort(found.begin(), found.end(), [](const Change& a, const Change& b) {
      const auto rank = [](To to) { return to == To::counted ? 0 : to == To::now ? 2 : 1; };
      return rank(a.to) < rank(b.to);
    });
    if (found.size() > 1) found.resize(1);
  }
  if (found.empty())
    return all.suppose("token", "", "the claim returns nothing that it changes", question);
  const std::string owner =
      all.guess.kind == QueueGuess::Kind::leader && any && !compared_by(all, guess.owner).empty()
          ? all.returned_as(guess.owner)
          : "";
  if (!owner.empty()) guess.token.push_back(owner);
  for (const Change& each : found) guess.token.push_back(each.called);
  const To to = found.front().to;
  guess.order = owner.empty() && (to == To::counted || to == To::now) ? TokenOrder::increasing
                                                                      : TokenOrder::unique;
  const std::string value = fmt::format("{}", fmt::join(guess.token, ", "));
  if (any)
    all.know("token", value,
             fmt::format("every claim changes it, and {} compares it", found.front().compared));
  else
    all.suppose("token", value, "every claim changes it, but nothing compares it", question);
}

void guess_times(const Guessing& all) {
  QueueGuess& guess = all.guess;
  for (const std::string& name : guess.claim)
    if (const TableUse* use = all.use(name))
      for (const ColumnTest& test : use->tests)
        if (test.is == Is::passed && !test.length.known() && use->set(test.column) == nullptr &&
            test.column != guess.since && test.column != guess.lease_until)
          guess.ready_at = test.column;
  if (!guess.ready_at.empty())
    all.know("ready_at", guess.ready_at, "the claim waits until its time has come");
}

}  // namespace

void guess_lease(const Guessing& all) {
  guess_key(all);
  guess_fixed(all);
  guess_owner(all);
  guess_lasts(all);
  guess_token(all);
  guess_attempts(all);
  guess_times(all);
}

}  // namespace fencepost
