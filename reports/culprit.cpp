#include "reports/culprit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// The statements of the same transaction up to this one, from the session's last BEGIN on; only
/// this one where there was no BEGIN.
std::vector<const Event*> transaction_of(const History& history, const Event& last) {
  std::vector<const Event*> statements;
  bool open = false;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::statement && event.session == last.session) {
      if (is_begin(event)) {
        open = true;
        statements.clear();
      } else if (&event == &last) {
        if (!is_transaction_control(event)) statements.push_back(&event);
      } else if (is_end_of_transaction(event)) {
        open = false;
        statements.clear();
      } else if (open) {
        statements.push_back(&event);
      }
    }
    if (&event == &last) break;
  }
  return statements;
}

bool binds_token(const Event& event, const LeaseToken& token) {
  return std::any_of(event.bound.begin(), event.bound.end(), [&](const Bound& bound) {
    return std::find(token.parameters.begin(), token.parameters.end(), bound.parameter) !=
           token.parameters.end();
  });
}

/// Whether the attempt had lost this job before the event.
bool had_lost(const History& history, const Event& event, const JobId& job, AttemptId attempt) {
  if (!attempt) return false;
  for (const Event& each : history.events) {
    if (each.step >= event.step) break;
    if (each.job != job) continue;
    if (each.kind == EventKind::revoked && each.attempt == attempt) return true;
    if (each.kind == EventKind::granted && each.attempt > attempt) return true;
  }
  return false;
}

/// What a step did.
struct DoneAtStep {
  std::vector<const Event*> statements;   ///< its own, or what its COMMIT made happen
  std::vector<const Event*> transaction;  ///< all that they belong to
};

DoneAtStep done_at_step(const Told& told, int step) {
  DoneAtStep done;
  for (const Event& event : told.history.events) {
    if (event.kind != EventKind::statement || event.step != step) continue;
    const std::vector<const Event*> transaction = transaction_of(told.history, event);
    done.transaction.insert(done.transaction.end(), transaction.begin(), transaction.end());
    if (!is_transaction_control(event)) {
      done.statements.push_back(&event);
      continue;
    }
    for (const Event* each : transaction) {
      const SqlSource* source = find_source(told.sources, each->statement);
      if (source == nullptr || writes(source->text)) done.statements.push_back(each);
    }
  }
  return done;
}

std::vector<const Event*> statements_before(const Told& told) {
  std::vector<const Event*> statements;
  for (const Event& event : told.history.events)
    if (event.kind == EventKind::statement && event.step < told.violation.step)
      statements.push_back(&event);
  return statements;
}

/// The last of those whose text is known that concerns the violated job, else the last; nullptr if
/// there is none.
const Event* last_known(const std::vector<const Event*>& statements, const Told& told) {
  const Event* of_job = nullptr;
  const Event* any = nullptr;
  for (const Event* event : statements) {
    if (find_source(told.sources, event->statement) == nullptr) continue;
    any = event;
    if (event->job == told.violation.job) of_job = event;
  }
  return of_job != nullptr ? of_job : any;
}

/// Where nobody gets a job that workers look for, the statement by which they look; else nullptr.
/// `last` is the last known statement before that.
const Event* looking(const std::vector<const Event*>& statements, const Event* last,
                     const Told& told) {
  if (last == nullptr || told.violation.attempt || told.violation.job.empty()) return nullptr;
  // What follows it in a claim works on what it found.
  const Event* looks = nullptr;
  for (const Event* event : statements)
    if (event->operation == "claim" && !event->committed && !event->attempt &&
        find_source(told.sources, event->statement) != nullptr &&
        (looks == nullptr || looks->statement == event->statement))
      looks = event;
  const bool later =
      looks != nullptr && (last->job != told.violation.job || looks->step >= last->step);
  return later ? looks : nullptr;
}

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What the condition of the statement that did it lacks, see culprit_of().
std::string lacking(const Culprit& culprit, const DoneAtStep& done, const Told& told) {
  const Event& event = *culprit.event;
  const bool known = told.history.declared.lease_kind == LeaseKind::row;
  const bool fenced =
      std::any_of(done.transaction.begin(), done.transaction.end(),
                  [&](const Event* each) { return binds_token(*each, told.token); });
  if (!known || fenced || !event.sqlstate.empty() || !writes(culprit.source->text) ||
      event.attempt != told.violation.attempt ||
      !had_lost(told.history, event, told.violation.job, told.violation.attempt))
    return "";
  if (told.token.columns.empty() && told.history.declared.columns.contains("token")) return "";
  if (told.token.columns.empty())
    return fmt::format(
        "{} ({}) can't tell its claim from a later one, because there is no token: let every claim "
        "change a column that it returns, name it in [lease] token, and compare it here.",
        event.statement, culprit.source->where);
  return fmt::format("{} ({}) has no condition on the lease's token ({}).", event.statement,
                     culprit.source->where, listed_names(told.token.columns));
}

/// "AND epoch = :epoch", with the sign that the statement's own parameters have.
std::string fence_for(const std::string& sql, const std::vector<std::string>& columns) {
  int numbers = 0;
  char sign = ':';
  for (const SqlPart& part : sql_parts(sql)) {
    if (part.kind != SqlKind::parameter) continue;
    sign = part.text.front() == '@' || part.text.front() == '$' ? part.text.front() : ':';
    if (sign == '$') numbers = std::max(numbers, std::atoi(part.name.c_str() + 1));
  }
  std::string text;
  for (const std::string& column : columns)
    text += fmt::format("{}AND {} = {}{}", text.empty() ? "" : " ", column, sign,
                        sign == '$' ? std::to_string(++numbers) : column);
  return text;
}

}  // namespace

std::optional<Culprit> culprit_of(const Told& told) {
  const bool elsewhere = told.violation.written_at > 0;
  const DoneAtStep done =
      done_at_step(told, elsewhere ? told.violation.written_at : told.violation.step);
  Culprit culprit;
  culprit.event = last_known(done.statements, told);
  if (culprit.event != nullptr) {
    culprit.blame = elsewhere                     ? Blame::wrote_it
                    : done.statements.size() == 1 ? Blame::did_it
                                                  : Blame::one_of_several;
  } else {
    const std::vector<const Event*> before = statements_before(told);
    culprit.event = last_known(before, told);
    if (const Event* const looks = looking(before, culprit.event, told)) {
      culprit.event = looks;
      culprit.blame = Blame::looked_in_vain;
    }
  }
  if (culprit.event == nullptr) return std::nullopt;
  culprit.source = find_source(told.sources, culprit.event->statement);
  culprit.where = where_clause(culprit.source->text);
  if (culprit.blame == Blame::did_it) culprit.lacks = lacking(culprit, done, told);
  if (!culprit.lacks.empty() && culprit.where)
    culprit.add = fence_for(culprit.source->text, told.token.columns);
  return culprit;
}

FileLine file_line(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  FileLine place{where, 0};
  if (colon == std::string::npos) return place;
  const char* const end = where.data() + where.size();
  int line = 0;
  const auto [stopped, error] = std::from_chars(where.data() + colon + 1, end, line);
  if (error != std::errc{} || stopped != end || line < 1) return place;
  return {where.substr(0, colon), line};
}

std::string to_text(const Culprit& culprit) {
  return fmt::format("{} ({})", culprit.source->where, culprit.source->statement);
}

}  // namespace fencepost
