// What a row of the table means: which job is ready, owned, succeeded or failed.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Labels of the state column, each with the state that it means.
class Labels {
 public:
  explicit Labels(const Guessing& all) : all_(all), column_(all.guess.state) {
    learn_from_claim();
    learn(all.guess.succeed, JobState::succeeded);
    learn_from_failure();
    learn(all.guess.release, JobState::ready);
    for (const std::string& reaper : all.guess.reapers) learn(reaper, JobState::ready);
    learn_the_rest();
    take_answer();
  }

  std::vector<std::string> of(JobState state) const {
    std::vector<std::string> found;
    for (const std::string& label : order_)
      if (known_.at(label) == state) found.push_back(label);
    return found;
  }
  const std::vector<std::string>& unknown() const { return unknown_; }
  std::string text() const {
    std::string text;
    for (const std::string& label : order_)
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", label, to_text(known_.at(label)));
    return text;
  }

 private:
  void note(const std::string& label, JobState state) {
    if (known_.emplace(label, state).second) order_.push_back(label);
  }
  void learn_from_claim() {
    if (const ColumnSet* set = all_.claimed(column_); set != nullptr && set->to == To::constant)
      note(set->labels[0], JobState::owned);
    for (const std::string& name : all_.guess.claim)
      if (const TableUse* use = all_.use(name))
        for (const ColumnTest* test : use->tests_of(column_))
          if (test->is == Is::label && !test->negated)
            for (const std::string& label : test->labels) note(label, JobState::ready);
    const ColumnDefinition* column = all_.column(column_);
    if (column != nullptr && column->initial)
      if (const auto initial = first_text_in(*column->initial)) note(*initial, JobState::ready);
  }
  const ColumnSet* set_by(const std::string& statement) const {
    const TableUse* use = all_.use(statement);
    return use == nullptr ? nullptr : use->set(column_);
  }
  void learn(const std::string& statement, JobState state) {
    if (const ColumnSet* set = set_by(statement))
      for (const std::string& label : set->labels)
        note(label, set->labels.size() > 1 || state == JobState::ready
                        ? state_by_name(label).value_or(state)
                        : state);
  }
  void learn_from_failure() {
    if (const ColumnSet* set = set_by(all_.guess.fail))
      for (const std::string& label : set->labels)
        note(label, state_by_name(label).value_or(JobState::failed));
  }
  void learn_the_rest() {
    std::vector<std::string> rest;
    if (const ColumnDefinition* column = all_.column(column_)) rest = column->labels;
    for (const InitStatement& each : all_.files.statements)
      if (const TableUse* use = each.use(all_.guess.table)) {
        if (const ColumnSet* set = use->set(column_))
          rest.insert(rest.end(), set->labels.begin(), set->labels.end());
        for (const ColumnTest* test : use->tests_of(column_))
          if (test->is == Is::label)
            rest.insert(rest.end(), test->labels.begin(), test->labels.end());
      }
    for (const std::string& label : rest) {
      if (known_.contains(label)) continue;
      const auto named = state_by_name(label) ? state_by_name(label) : by_statement(label);
      if (!named) unknown_.push_back(label);
      note(label, named.value_or(JobState::ready));
    }
  }
  /// What the name of the only statement says that sets it.
  std::optional<JobState> by_statement(const std::string& label) const {
    std::optional<JobState> found;
    for (const InitStatement& each : all_.files.statements) {
      const TableUse* use = each.use(all_.guess.table);
      const ColumnSet* set = use == nullptr ? nullptr : use->set(column_);
      if (set == nullptr || set->labels != std::vector<std::string>{label}) continue;
      if (found) return std::nullopt;
      if (sounds_like_failure(each.name())) found = JobState::failed;
      if (sounds_like_success(each.name())) found = JobState::succeeded;
    }
    return found;
  }
  /// "done = succeeded, lost = failed".
  void take_answer() {
    for (const auto& [label, word] : all_.pairs_answered("states")) {
      bool taken = false;
      for (const JobState state :
           {JobState::ready, JobState::owned, JobState::succeeded, JobState::failed})
        if (to_text(state) == word && known_.contains(label)) known_[label] = state, taken = true;
      if (!taken)
        throw InputError(fmt::format("{} names no label and its state; write it as {}",
                                     in_quotes(label), in_quotes(text())));
    }
  }

  const Guessing& all_;
  const std::string& column_;
  std::map<std::string, JobState> known_;
  std::vector<std::string> order_, unknown_;
};

/// How a statement marks a job, where that is no label: a flag, or the time of an end.
std::string flag_of(const Guessing& all, const std::string& statement, JobState state) {
  const TableUse* use = all.use(statement);
  if (use == nullptr || use->removes) return "";
  for (const ColumnSet& set : use->sets)
    if (set.to == To::constant && set.labels[0] == "true" && all.claimed(set.column) == nullptr)
      return sql_name(set.column);
  std::string named, any;
  for (const ColumnSet& set : use->sets) {
    const ColumnDefinition* column = all.column(set.column);
    const bool time =
        set.to == To::now || (set.to == To::parameter && column != nullptr && holds_time(*column));
    if (!time || all.claimed(set.column) != nullptr || set.column == all.guess.ready_at) continue;
    if (folded(set.column).starts_with("last")) continue;  // it comes again
    if (column != nullptr && column->not_null) continue;
    any = set.column;
    if (state_by_name(set.column) == state) named = set.column;
  }
  const std::string found = !named.empty() ? named : state == JobState::succeeded ? any : "";
  return found.empty() ? "" : sql_name(found) + " IS NOT NULL";
}

/// The time of a failed end that any statement writes.
std::string given_up(const Guessing& all) {
  for (const InitStatement& each : all.files.statements)
    if (const TableUse* use = each.use(all.guess.table))
      for (const ColumnSet& set : use->sets)
        if (set.to == To::now && state_by_name(set.column) == JobState::failed &&
            all.claimed(set.column) == nullptr && !folded(set.column).starts_with("last"))
          return sql_name(set.column) + " IS NOT NULL";
  return "";
}

/// What a claim leaves in a row where no label says it; whether it stays there afterwards, too, is
/// a doubt.
struct Lock {
  std::string condition, doubt;
};
Lock lock_of(const Guessing& all) {
  const std::vector<ColumnSet> sets = all.all_claimed();
  for (const ColumnSet& set : sets)
    if (set.to == To::constant && set.labels[0] == "true") return {sql_name(set.column), ""};
  const auto nullable = [&](const std::string& column) {
    const ColumnDefinition* known = all.column(column);
    return known == nullptr || !known->not_null;
  };
  const auto by_whom = [&](Is is, To to, const std::string& column) {
    for (const InitStatement& each : all.files.statements)
      if (const TableUse* use = each.use(all.guess.table)) {
        const ColumnSet* set = use->set(column);
        if (set != nullptr && set->to == to) return true;
        for (const ColumnTest* test : use->tests_of(column))
          if (test->is == is && all.claims(each)) return true;
      }
    return false;
  };
  for (const ColumnSet& set : sets)
    if (set.to != To::constant && set.to != To::null && nullable(set.column) &&
        by_whom(Is::null, To::null, set.column))
      return {sql_name(set.column) + " IS NOT NULL", ""};
  for (const std::string& column : {all.guess.owner, all.guess.lease_until, all.guess.since})
    if (!column.empty() && nullable(column))
      return {sql_name(column) + " IS NOT NULL",
              fmt::format("no statement sets {} back to null, or looks whether it is", column)};
  if (all.guess.kind == QueueGuess::Kind::leader) return {};
  for (const std::string& name : all.guess.claim)  // owner = 'any' is nobody
    if (const TableUse* use = all.use(name))
      for (const ColumnTest* test : use->tests_of(all.guess.owner))
        if (test->is == Is::label && !test->negated)
          return {sql_name(all.guess.owner) + " <> " + as_literal(test->labels[0]), ""};
  for (const ColumnSet& set : sets)
    if (const ColumnDefinition* column = all.column(set.column);
        set.to == To::counted && column != nullptr)
      return {sql_name(set.column) + " <> " + column->initial.value_or("0"),
              fmt::format("only {} says that it was ever claimed", set.column)};
  return {"", "the claim leaves nothing in a row that says it is held"};
}

/// Tells what is guessed, as a question where something is in doubt.
void tell(const Guessing& all, const std::string& value, const std::string& doubt,
          const std::string& question) {
  const QueueGuess& guess = all.guess;
  const bool never_done =
      guess.fixed.empty() && !guess.succeeds_by_removal &&
      guess.kind != QueueGuess::Kind::transaction &&
      std::none_of(guess.states.begin(), guess.states.end(),
                   [](const StateRule& rule) { return rule.state == JobState::succeeded; });
  if (!doubt.empty())
    all.suppose("states", value, doubt, question);
  else if (never_done)
    all.suppose("states", value, "nothing in a row says that its job is done",
                "does a job that is done come again, or which rows are done?");
  else
    all.know("states", value, "statements and names say it");
}

void add(const Guessing& all, std::string condition, JobState state) {
  if (!condition.empty()) all.guess.states.push_back({std::move(condition), state});
}

void by_labels(const Guessing& all) {
  const Labels labels(all);
  const std::string column = sql_name(all.guess.state);
  for (const JobState state : {JobState::succeeded, JobState::failed, JobState::owned})
    if (const auto own = labels.of(state); !own.empty())
      add(all, sql_is_one_of(column, own), state);
  if (labels.of(JobState::owned).empty()) add(all, lock_of(all).condition, JobState::owned);
  tell(all, fmt::format("{}: {}", all.guess.state, labels.text()),
       labels.unknown().empty()
           ? ""
           : fmt::format("nothing says what {} means", listed(labels.unknown())),
       "what does each label mean (ready, owned, succeeded or failed)?");
}

/// Where claims are rows of their own: a job is owned while there is one.
void by_tables(const Guessing& all) {
  QueueGuess& guess = all.guess;
  std::string ended;
  for (const std::string& name : {guess.marks_job, guess.succeed})
    if (const InitStatement* mark = all.files.find(name); mark != nullptr)
      if (const TableUse* use = mark->use(guess.jobs))
        for (const ColumnSet& set : use->sets)
          if (set.to == To::now && (ended.empty() || state_by_name(set.column)))
            ended = "j." + sql_name(set.column) + " IS NOT NULL";
  add(all, ended, JobState::succeeded);
  add(all, "c." + sql_name(guess.key) + " IS NOT NULL", JobState::owned);
  all.suppose("states", fmt::format("owned while {} has a row of it", guess.table),
              "claims are rows of their own", "is a job somebody's while there is such a row?");
}

void by_flags(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (!guess.jobs.empty()) return by_tables(all);
  add(all, flag_of(all, guess.succeed, JobState::succeeded), JobState::succeeded);
  add(all, flag_of(all, guess.fail, JobState::failed), JobState::failed);
  if (std::none_of(guess.states.begin(), guess.states.end(),
                   [](const StateRule& rule) { return rule.state == JobState::failed; }))
    add(all, given_up(all), JobState::failed);
  const bool held = guess.kind == QueueGuess::Kind::rows || guess.kind == QueueGuess::Kind::leader;
  Lock lock = held ? lock_of(all) : Lock();
  // An unlock that cuts the time short leaves the row as it was otherwise.
  const TableUse* unlock = all.use(guess.release);
  const ColumnSet* cut = unlock == nullptr ? nullptr : unlock->set(guess.lease_until);
  if (cut != nullptr && cut->to == To::now && !guess.since.empty() && guess.heartbeat.empty() &&
      guess.lasts.value)
    lock = {fmt::format("{} > {} + interval '{}' - interval '1 s'", sql_name(guess.lease_until),
                        sql_name(guess.since), to_text(guess.lease)),
            ""};
  if (guess.kind == QueueGuess::Kind::leader && lock.condition.empty()) lock.condition = "true";
  add(all, lock.condition, JobState::owned);
  std::string value;
  for (const StateRule& rule : guess.states)
    value += fmt::format("{}{} where {}", value.empty() ? "" : ", ", to_text(rule.state),
                         rule.condition);
  if (guess.succeeds_by_removal)
    value += (value.empty() ? "" : ", ") + std::string("gone is succeeded");
  tell(all, value, lock.doubt, "which rows are somebody's?");
}

}  // namespace

void guess_states(const Guessing& all) {
  if (all.guess.table.empty()) return;
  if (all.guess.state.empty())
    by_flags(all);
  else
    by_labels(all);
}

}  // namespace fencepost
