#include "reports/culprit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace fencepost {
namespace {

bool is_control(const Event& event) {
  return event.statement == "begin" || event.statement == "commit" || event.statement == "rollback";
}

/// The violated step's statement; nullptr if it has none or several.
const Event* statement_at(const History& history, int step) {
  const Event* found = nullptr;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::statement || event.step != step) continue;
    if (found != nullptr) return nullptr;
    found = &event;
  }
  return found;
}

/// The statements of the same transaction up to this one, from the session's last BEGIN on; only
/// this one where there was no BEGIN.
std::vector<const Event*> transaction_of(const History& history, const Event& last) {
  std::vector<const Event*> statements;
  bool open = false;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::statement && event.session == last.session) {
      if (event.statement == "begin") {
        open = true;
        statements.clear();
      } else if (&event == &last) {
        if (!is_control(event)) statements.push_back(&event);
      } else if (event.statement == "commit" || event.statement == "rollback") {
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

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::optional<Culprit> culprit_of(const FailureReport& report, const FindSource& find) {
  const History& history = *report.history;
  const Event* at = statement_at(history, report.violation.step);
  if (at == nullptr || !at->sqlstate.empty()) return std::nullopt;
  const std::vector<const Event*> transaction = transaction_of(history, *at);
  const Event* event = is_control(*at) ? nullptr : at;
  for (const Event* each : transaction) {
    if (!is_control(*at)) break;
    const auto source = find(each->statement);
    if (!source) return std::nullopt;
    if (!writes(source->text)) continue;
    if (event != nullptr) return std::nullopt;
    event = each;
  }
  const auto source = event == nullptr ? std::nullopt : find(event->statement);
  if (!source) return std::nullopt;
  Culprit culprit{event, *source, where_clause(source->text), ""};
  const bool fenced = std::any_of(transaction.begin(), transaction.end(), [&](const Event* each) {
    return binds_token(*each, report.token);
  });
  const bool late = had_lost(history, *event, report.violation.job, report.violation.attempt);
  const bool known = !report.token.columns.empty() && history.declared.lease_kind == LeaseKind::row;
  if (known && late && !fenced && event->attempt == report.violation.attempt &&
      writes(source->text))
    culprit.lacks =
        fmt::format("{} ({}) has no condition on the lease's token ({}).", event->statement,
                    source->where, listed_names(report.token.columns));
  return culprit;
}

}  // namespace fencepost
