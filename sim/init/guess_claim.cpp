// Which statement takes a job, and from which table.
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// A statement that may take a job, and why it seems so.
struct Candidate {
  const InitStatement* statement = nullptr;
  const TableUse* use = nullptr;
  int weight = 0;
  QueueGuess::Kind kind = QueueGuess::Kind::rows;
  std::string reason;
  bool only_picks = false;
};

bool is_key(const TableDefinition* table, const std::string& column) {
  if (table == nullptr) return column == "id";
  const auto& key = table->primary_key;
  if (std::find(key.begin(), key.end(), column) != key.end()) return true;
  const ColumnDefinition* known = table->column(column);
  return known != nullptr && known->is_unique;
}

/// Whether it takes the one row that a parameter names by its key.
bool names_row(const InitFiles& files, const TableUse& use) {
  return std::any_of(use.tests.begin(), use.tests.end(), [&](const ColumnTest& test) {
    return (test.is == Is::parameter || test.is == Is::label) && !test.negated &&
           !test.alternative && is_key(files.schema.table(use.table), test.column);
  });
}
/// Whether a lease that is over is looked for: a time that the statement also sets.
bool looks_for_expired(const TableUse& use) {
  return std::any_of(use.tests.begin(), use.tests.end(), [&](const ColumnTest& test) {
    const ColumnSet* set = use.set(test.column);
    return test.is == Is::passed && set != nullptr &&
           (set->to == To::now || set->to == To::later || set->to == To::parameter);
  });
}
/// The time of an end: "published_at".
bool says_ended(const ColumnSet& set) {
  const auto state = state_by_name(set.column);
  return set.to == To::now && (state == JobState::succeeded || state == JobState::failed);
}
/// Whether something that it sets says that somebody has the job.
bool grants(const TableUse& use) {
  return std::any_of(use.sets.begin(), use.sets.end(), [](const ColumnSet& set) {
    if (says_ended(set)) return false;
    if (set.to == To::constant || set.to == To::cased)
      return set.labels[0] == "true" ||
             state_by_name(set.labels[0]).value_or(JobState::owned) == JobState::owned;
    return set.to == To::later || set.to == To::now ||
           ((set.to == To::parameter || set.to == To::random) && sounds_like_owner(set.column)) ||
           set.to == To::counted;
  });
}
/// Whether it sets a job's state to whatever a parameter says.
bool sets_state(const TableUse& use) {
  return std::any_of(use.sets.begin(), use.sets.end(), [](const ColumnSet& set) {
    return set.to == To::parameter && says(set.column, {"state", "status"});
  });
}
bool calls_any(const InitStatement& statement, std::string_view word) {
  return std::any_of(statement.calls.begin(), statement.calls.end(), [&](const std::string& call) {
    return call.find(word) != call.npos && call.find("unlock") == call.npos;
  });
}

/// Whether the row that it inserts is named by one of another table.
bool is_of_other(const InitFiles& files, const TableUse& use) {
  const TableDefinition* table = files.schema.table(use.table);
  return table != nullptr && std::any_of(table->columns.begin(), table->columns.end(),
                                         [&](const ColumnDefinition& column) {
                                           return !column.references.empty() &&
                                                  is_key(table, column.name);
                                         });
}

/// What it does to a row but for naming it.
TableUse beside_key(const InitFiles& files, TableUse use) {
  const TableDefinition* table = files.schema.table(use.table);
  std::erase_if(use.sets, [&](const ColumnSet& set) { return is_key(table, set.column); });
  return use;
}

/// Whether another statement picks a row for it, by a column that it sets.
bool is_picked_for(const InitFiles& files, const TableUse& use) {
  const auto picks = [&](const TableUse& other) {
    return other.table == use.table && other.reads && other.limited && !names_row(files, other) &&
           std::any_of(other.tests.begin(), other.tests.end(),
                       [&](const ColumnTest& test) { return use.set(test.column) != nullptr; });
  };
  return std::any_of(files.statements.begin(), files.statements.end(),
                     [&](const InitStatement& statement) {
                       return !statement.returned.empty() &&
                              std::any_of(statement.uses.begin(), statement.uses.end(), picks);
                     });
}

/// How much a statement looks like one that takes a job, by what it does.
Candidate by_shape(const InitFiles& files, const InitStatement& statement, const TableUse& use) {
  const bool row = names_row(files, use), returns = !statement.returned.empty();
  if (use.removes && use.skips_locked && returns)
    return {&statement,
            &use,
            12,
            QueueGuess::Kind::transaction,
            "it takes a row out under a row lock, and returns it",
            false};
  if (use.inserts && use.conflicts && use.updates && grants(use) && looks_for_expired(use))
    return {&statement,
            &use,
            12,
            is_of_other(files, use) ? QueueGuess::Kind::rows : QueueGuess::Kind::leader,
            "it inserts a row, or takes it over when its time has passed",
            false};
  if (use.inserts && use.conflicts && !use.updates && grants(beside_key(files, use)) &&
      !is_of_other(files, use))
    return {
        &statement, &use, 6, QueueGuess::Kind::leader, "it inserts a row where there is none yet",
        false};
  if (use.updates && !use.inserts && (grants(use) || sets_state(use)) && use.skips_locked &&
      use.limited)
    return {&statement,
            &use,
            12 + (returns ? 2 : 0),
            QueueGuess::Kind::rows,
            "it picks a row with SKIP LOCKED, and changes it",
            false};
  if (use.updates && !use.inserts && grants(use) && use.limited && !row)
    return {&statement,
            &use,
            9 + (returns ? 2 : 0),
            QueueGuess::Kind::rows,
            "it picks a row, and changes it",
            false};
  if (use.updates && !use.inserts && grants(use) && looks_for_expired(use) && !row)
    return {&statement,
            &use,
            6 + (returns ? 2 : 0),
            QueueGuess::Kind::rows,
            "it takes rows whose time has passed",
            false};
  if (use.updates && !use.inserts && grants(use) && looks_for_expired(use) &&
      !is_picked_for(files, use))
    return {&statement,
            &use,
            6,
            QueueGuess::Kind::leader,
            "it takes a row over when its time has passed",
            false};
  if (use.reads && !use.updates && !use.removes && !use.inserts && use.limited && returns)
    return {&statement,
            &use,
            (use.locks ? 5 : 2) + (use.skips_locked ? 3 : 0),
            QueueGuess::Kind::rows,
            use.locks ? "it picks a row, and locks it" : "it picks a row",
            true};
  return {};
}

std::vector<Candidate> candidates(const InitFiles& files) {
  std::vector<Candidate> found;
  for (const InitStatement& statement : files.statements) {
    Candidate best;
    for (const TableUse& use : statement.uses) {
      Candidate each = by_shape(files, statement, use);
      if (each.weight > best.weight) best = each;
    }
    const bool advisory = calls_any(statement, "advisory");
    if (advisory && best.weight < 10) {
      const bool transaction = calls_any(statement, "xact");
      const bool picks = !statement.uses.empty() && !statement.returned_from.empty();
      best = {&statement,
              statement.uses.empty() ? nullptr : &statement.uses.front(),
              picks ? 9 : 7,
              transaction ? QueueGuess::Kind::transaction : QueueGuess::Kind::session,
              "it takes an advisory lock",
              false};
    }
    if (best.weight == 0) continue;
    if (sounds_like_claim(statement.name()))
      best.weight += 3, best.reason += ", and its name says so";
    if (sounds_like_heartbeat(statement.name()) || sounds_like_release(statement.name()) ||
        sounds_like_reaper(statement.name()))
      best.weight -= 6;
    if (best.weight > 0) found.push_back(std::move(best));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  return found;
}

/// Whether it writes the client's time where the pick looks for none, or for one that has passed.
bool writes_time(const TableUse& use, const TableUse& picked) {
  const auto looked_for = [&](const ColumnSet& set, Is is) {
    const auto tests = picked.tests_of(set.column);
    return std::any_of(tests.begin(), tests.end(),
                       [&](const ColumnTest* test) { return test->is == is; });
  };
  const auto sets = [&](To to, Is is) {
    return std::any_of(use.sets.begin(), use.sets.end(),
                       [&](const ColumnSet& set) { return set.to == to && looked_for(set, is); });
  };
  return sets(To::parameter, Is::passed) && !sets(To::null, Is::null);
}

/// Behind a statement that only picks, the one that takes what it picked.
const InitStatement* taker(const InitFiles& files, const Candidate& pick) {
  const InitStatement* best = nullptr;
  int most = 0;
  for (const InitStatement& each : files.statements) {
    const TableUse* use = each.use(pick.use->table);
    if (use == nullptr || !use->updates || !names_row(files, *use)) continue;
    if (!grants(*use) && !writes_time(*use, *pick.use)) continue;
    int weight =
        1 + (sounds_like_claim(each.name()) || says(each.name(), {"set_", "mark_"}) ? 2 : 0);
    for (const ColumnSet& set : use->sets)
      weight +=
          (set.to == To::constant && state_by_name(set.labels[0]) == JobState::owned ? 3 : 0) +
          (set.to == To::parameter && sounds_like_owner(set.column) ? 3 : 0);
    if (sounds_like_heartbeat(each.name()) || sounds_like_success(each.name()) ||
        sounds_like_failure(each.name()) || sounds_like_release(each.name()))
      weight -= 4;
    if (weight > most) best = &each, most = weight;
  }
  return best;
}

/// A statement that does this to a table for the row that a pick returned.
const InitStatement* follower(
    const InitFiles& files, const Candidate& pick,
    const std::function<bool(const InitStatement&, const TableUse&)>& does) {
  for (const InitStatement& each : files.statements)
    for (const TableUse& use : each.uses) {
      if (!does(each, use)) continue;
      for (const auto& [parameter, place] : each.parameters) {
        const auto& returned = pick.statement->returned;
        if (place.table == use.table &&
            std::find(returned.begin(), returned.end(), place.column) != returned.end())
          return &each;
      }
    }
  return nullptr;
}

/// Where a claim is a row of its own: the pick, what inserts it, and what removes the one that
/// waited.
bool moves(const Guessing& all, const Candidate& pick) {
  QueueGuess& guess = all.guess;
  const InitStatement* inserts =
      follower(all.files, pick, [&](const InitStatement&, const TableUse& use) {
        return use.inserts && use.table != pick.use->table;
      });
  if (inserts == nullptr) return false;
  const InitStatement* removes =
      follower(all.files, pick, [&](const InitStatement&, const TableUse& use) {
        return use.removes && use.table == pick.use->table;
      });
  if (removes == nullptr) return false;
  guess.waiting = pick.use->table;
  guess.table = inserts->uses.front().table;
  for (const std::string& table : {guess.table, guess.waiting})
    if (const TableDefinition* known = all.files.schema.table(table))
      for (const ColumnDefinition& column : known->columns)
        if (!column.references.empty() && guess.jobs.empty()) guess.jobs = column.references;
  guess.claim.push_back(inserts->name());
  guess.claim.push_back(removes->name());
  return true;
}

[[noreturn]] void refuse(const std::vector<Candidate>& found, const std::string& said) {
  std::vector<std::string> known;
  for (const Candidate& each : found) known.push_back(each.statement->name());
  throw InputError(
      known.empty()
          ? fmt::format("{} can't claim a job: it picks, locks or takes over no row, and neither "
                        "does another statement",
                        in_quotes(said))
          : fmt::format("there is no statement {} that could claim a job; that could {}{}",
                        in_quotes(said), listed(known), did_you_mean(said, known)));
}

}  // namespace

void guess_claim(const Guessing& all) {
  std::vector<Candidate> found = candidates(all.files);
  const std::string said = all.answer("claim");
  if (!said.empty()) {
    const auto own = std::find_if(found.begin(), found.end(), [&](const Candidate& each) {
      return each.statement->name() == said;
    });
    if (own == found.end()) refuse(found, said);
    std::rotate(found.begin(), own, own + 1);
  }
  if (found.empty()) {
    all.suppose("claim", "", "no statement picks, locks or takes over a row",
                "which statement claims a job?");
    return;
  }
  const Candidate& best = found.front();
  QueueGuess& guess = all.guess;
  guess.kind = best.kind;
  guess.table = best.use == nullptr ? "" : best.use->table;
  guess.claim = {best.statement->name()};
  std::string reason = best.reason;
  bool sure = found.size() < 2 || best.weight >= found[1].weight + 3;
  if (best.only_picks) {
    const InitStatement* second = taker(all.files, best);
    guess.claim_locks = best.use->locks;
    sure = sure && second != nullptr;
    if (second != nullptr) {
      guess.claim.push_back(second->name());
      reason += fmt::format("; {} takes it", second->name());
    } else if (moves(all, best)) {
      reason += fmt::format("; {} moves it to {}", fmt::join(guess.claim, ", "), guess.table);
    } else if (best.use->locks) {
      guess.kind = QueueGuess::Kind::transaction;
    }
  }
  if (!guess.table.empty())
    all.know("table", guess.table, fmt::format("{} takes jobs from it", guess.claim.front()));
  // A lock's row is named by the row of the job that it locks.
  const TableDefinition* table = all.table();
  if (guess.jobs.empty() && guess.kind == QueueGuess::Kind::rows && best.use->inserts &&
      table != nullptr)
    for (const ColumnDefinition& column : table->columns)
      if (!column.references.empty() && is_key(table, column.name))
        guess.jobs = guess.waiting = column.references;
  const std::string value = fmt::format("{}", fmt::join(guess.claim, ", "));
  if (sure && best.weight >= 9)
    all.know("claim", value, reason);
  else
    all.suppose("claim", value, reason, "which statement claims a job?");
}

}  // namespace fencepost
