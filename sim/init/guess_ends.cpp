// What ends, keeps and gives back a claim, and who else frees jobs.
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/init/guess_parts.hpp"
#include "sim/init/guess_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// What a statement says of the state of a job, as far as names tell.
struct Meaning {
  bool succeeded = false, failed = false, ready = false, owned = false;
};

Meaning meaning_of(const Guessing& all, const TableUse& use) {
  Meaning found;
  for (const ColumnSet& set : use.sets) {
    for (const std::string& label : set.labels) {
      const bool flag = label == "true" || label == "false";
      const auto state = state_by_name(flag ? set.column : label);
      if (!state || label == "false") continue;
      found.succeeded = found.succeeded || *state == JobState::succeeded;
      found.failed = found.failed || *state == JobState::failed;
      found.ready = found.ready || *state == JobState::ready;
      found.owned = found.owned || *state == JobState::owned;
    }
    if (set.to == To::now || set.to == To::parameter) {
      const ColumnDefinition* column = all.files.schema.column(use.table, set.column);
      const bool time = set.to == To::now || (column != nullptr && holds_time(*column));
      const auto state = state_by_name(set.column);
      found.succeeded = found.succeeded || (time && state == JobState::succeeded);
      found.failed = found.failed || (time && state == JobState::failed);
    }
  }
  return found;
}

/// Whether it takes away what a claim writes.
bool lets_go(const Guessing& all, const TableUse& use) {
  return std::any_of(use.sets.begin(), use.sets.end(), [&](const ColumnSet& set) {
    return all.claimed(set.column) != nullptr &&
           (set.to == To::null || (set.to == To::constant && set.labels[0] == "false"));
  });
}
/// Whether it moves the time that a claim writes, and takes nothing away.
bool keeps(const Guessing& all, const TableUse& use) {
  const std::string& until =
      all.guess.lease_until.empty() ? all.guess.since : all.guess.lease_until;
  const ColumnSet* set = use.set(until);
  const bool moves = set != nullptr && (set->to == To::later || set->to == To::parameter ||
                                        (set->to == To::now && all.guess.lease_until.empty()));
  return use.updates && moves && !lets_go(all, use) &&
         std::none_of(use.sets.begin(), use.sets.end(), [&](const ColumnSet& each) {
           return each.to == To::constant && each.column == all.guess.state;
         });
}

using Weigh = std::function<int(const Guessing&, const InitStatement&, const TableUse&)>;

int weigh_heartbeat(const Guessing& all, const InitStatement& statement, const TableUse& use) {
  if (!keeps(all, use)) return 0;
  const Meaning meaning = meaning_of(all, use);
  if (meaning.succeeded || meaning.failed || meaning.ready) return 0;
  return 5 + (sounds_like_heartbeat(statement.name()) ? 4 : 0) - (use.sets.size() > 2 ? 2 : 0);
}
int weigh_success(const Guessing& all, const InitStatement& statement, const TableUse& use) {
  const Meaning meaning = meaning_of(all, use);
  const bool named = sounds_like_success(statement.name());
  if (!use.updates && !use.removes) return 0;
  int weight = (meaning.succeeded ? 5 : 0) + (named ? 3 : 0);
  // Whatever the label is: what a claim gave is needed for it.
  const ColumnSet* set = use.set(all.guess.state);
  if (set != nullptr && set->to == To::parameter && !all.guess.state.empty()) weight += 4;
  if (use.removes && all.guess.kind != QueueGuess::Kind::leader) weight += 4;
  if (meaning.failed || (meaning.ready && !meaning.succeeded)) weight -= 5;
  if (sounds_like_failure(statement.name()) || sounds_like_release(statement.name())) weight -= 4;
  return weight;
}
int weigh_failure(const Guessing& all, const InitStatement& statement, const TableUse& use) {
  if (!use.updates && !use.removes) return 0;
  const Meaning meaning = meaning_of(all, use);
  // What is tried again comes before what is given up.
  const bool final =
      says(statement.name(), {"discard", "bury", "dead", "cancel", "kill", "give_up", "giveup"});
  int weight =
      (meaning.failed ? 3 : 0) + (sounds_like_failure(statement.name()) ? (final ? 2 : 4) : 0);
  for (const ColumnSet& set : use.sets) {
    const ColumnDefinition* column = all.files.schema.column(use.table, set.column);
    const bool later = set.column == all.guess.ready_at ||
                       (set.to == To::parameter && column != nullptr && holds_time(*column) &&
                        says(set.column, {"sched", "run", "retry", "next"}));
    const bool error = sounds_like_error(set.column) && set.to != To::null;
    const bool counts = sounds_like_attempts(set.column);
    if (later || (error && !counts)) weight += 2;
    // A failure is counted, and forgotten once the job has gone well.
    if (counts && set.to == To::counted) weight += 2;
    if (counts && set.to == To::constant && set.labels[0] == "0") weight -= 3;
  }
  if (meaning.succeeded) weight -= sounds_like_failure(statement.name()) ? 1 : 5;
  return weight;
}
int weigh_release(const Guessing& all, const InitStatement& statement, const TableUse& use) {
  const Meaning meaning = meaning_of(all, use);
  int weight = sounds_like_release(statement.name()) ? 4 : 0;
  if (use.updates && (lets_go(all, use) || meaning.ready)) weight += 4;
  const ColumnSet* until = use.set(all.guess.lease_until);
  const bool cuts = until != nullptr && until->to == To::now;
  if (all.guess.kind == QueueGuess::Kind::leader && (use.removes || cuts)) weight += 4;
  if (meaning.succeeded || meaning.failed) weight -= 5;
  return weight;
}

/// The statement that weighs most, of those that work on one job and have no part yet.
const InitStatement* heaviest(const Guessing& all, const Weigh& weigh, int least, int& weight) {
  const InitStatement* best = nullptr;
  weight = least - 1;
  const QueueGuess& guess = all.guess;
  for (const InitStatement& each : all.files.statements) {
    const TableUse* use = each.use(guess.table);
    if (use == nullptr || all.claims(each) || !all.is_of_one_job(each)) continue;
    if (each.name() == guess.heartbeat || each.name() == guess.succeed || each.name() == guess.fail)
      continue;
    const int own = weigh(all, each, *use);
    if (own > weight) best = &each, weight = own;
  }
  return best;
}

/// A statement that an answer names: any but those of the claim.
std::string statement_said(const Guessing& all, const std::string& said) {
  std::vector<std::string> known;
  for (const InitStatement& each : all.files.statements)
    if (!all.claims(each)) known.push_back(each.name());
  if (std::find(known.begin(), known.end(), said) == known.end())
    throw InputError(
        fmt::format("there is no statement {} beside those of the claim; known are "
                    "{}{}",
                    in_quotes(said), listed(known), did_you_mean(said, known)));
  return said;
}

/// The part that an answer gives, or the heaviest statement; tells it.
std::string part(const Guessing& all, const std::string& subject, const Weigh& weigh,
                 const std::string& reason, const std::string& question) {
  const std::string said = all.answer(subject);
  if (said == "none") return all.know(subject, "", "you said so"), "";
  if (!said.empty()) {
    all.know(subject, statement_said(all, said), "you said so");
    return said;
  }
  constexpr int least = 3, sure = 6;
  int weight = 0;
  const InitStatement* found = heaviest(all, weigh, least, weight);
  if (found == nullptr) return "";
  if (weight >= sure)
    all.know(subject, found->name(), reason);
  else
    all.suppose(subject, found->name(), reason, question);
  return found->name();
}

void guess_heartbeat(const Guessing& all) {
  QueueGuess& guess = all.guess;
  if (guess.lease_until.empty() && guess.since.empty()) return;
  int weight = 0;
  const std::string said = all.answer("heartbeat");
  const InitStatement* found = heaviest(all, weigh_heartbeat, 4, weight);
  if (said == "none") return all.know("heartbeat", "", "you said so");
  if (found == nullptr) {
    if (!said.empty())
      throw InputError(
          "no statement moves the time that a claim writes, so nothing renews it; "
          "answer heartbeat with none");
    if (guess.lease > 0us) all.know("heartbeat", "", "no statement renews a claim");
    return;
  }
  guess.heartbeat = found->name();
  guess.every = guess.lease > 0us ? part_of(guess.lease, 3) : Duration(10s);
  if (!said.empty()) {
    const auto length = duration_from_text(said);
    if (!length || *length <= 0us)
      throw InputError(
          fmt::format("a claim can't be renewed every {}; write a length such as 10s, "
                      "or none",
                      in_quotes(said)));
    guess.every = *length;
  }
  all.suppose("heartbeat", fmt::format("{}, every {}", found->name(), to_text(guess.every)),
              "it moves the time that a claim writes",
              guess.kind == QueueGuess::Kind::leader
                  ? "how often does the leader renew?"
                  : "how often does the worker renew while it works (none: it does not)?");
}

/// Where claims are rows of their own, what says in the job's own row that it is done.
void guess_mark(const Guessing& all) {
  QueueGuess& guess = all.guess;
  int most = 0;
  for (const InitStatement& each : all.files.statements) {
    const TableUse* use = each.use(guess.jobs);
    if (guess.jobs.empty() || use == nullptr || !(use->updates || use->removes)) continue;
    // The time of an end says so, whatever it is called.
    const bool timed = std::any_of(use->sets.begin(), use->sets.end(), [](const ColumnSet& set) {
      return set.to == To::now && !folded(set.column).starts_with("updated");
    });
    const int weight = weigh_success(all, each, *use) + (timed ? 2 : 0);
    if (weight <= most || each.name() == guess.succeed) continue;
    guess.marks_job = each.name();
    most = weight;
  }
}

/// An advisory lock of a session is held until it is given back.
void guess_unlock(const Guessing& all) {
  for (const InitStatement& each : all.files.statements)
    if (each.calls.contains("pg_advisory_unlock") || each.calls.contains("pg_advisory_unlock_all"))
      if (all.guess.release.empty()) {
        all.guess.release = each.name();
        all.know("release", each.name(), "it gives the lock back");
      }
}

void guess_reapers(const Guessing& all) {
  QueueGuess& guess = all.guess;
  for (const InitStatement& each : all.files.statements) {
    const TableUse* use = each.use(guess.table);
    if (use == nullptr || all.claims(each) || all.is_of_one_job(each)) continue;
    if (!(use->updates || use->removes) || use->inserts) continue;
    const bool looks =
        std::any_of(use->tests.begin(), use->tests.end(), [&](const ColumnTest& test) {
          const bool lease = test.column == guess.since || test.column == guess.lease_until;
          const bool moves = use->updates && use->set(guess.state) != nullptr;
          return test.is == Is::passed && (lease || moves);
        });
    if (looks) guess.reapers.push_back(each.name());
  }
  if (!guess.reapers.empty())
    all.know("reaper", fmt::format("{}", fmt::join(guess.reapers, ", ")),
             "it looks for claims whose time has passed");
}

/// Whether it keeps one row of another table for the job: its result.
bool keeps_result(const Guessing& all, const InitStatement& statement) {
  const QueueGuess& guess = all.guess;
  return std::any_of(statement.uses.begin(), statement.uses.end(), [&](const TableUse& use) {
    if (use.table == guess.table || !use.inserts || !use.conflicts || !use.updates) return false;
    for (const auto& [parameter, place] : statement.parameters) {
      if (place.table != use.table || !place.assigned) continue;
      const ColumnDefinition* column = all.files.schema.column(place.table, place.column);
      const std::string of = column == nullptr ? "" : column->references;
      if (statement.called(parameter) == guess.job || (!of.empty() && of == guess.table))
        return true;
    }
    return false;
  });
}

/// What writes with what only a claim gives, and has no other part.
void guess_during(const Guessing& all) {
  QueueGuess& guess = all.guess;
  const std::vector<std::string> used = {guess.heartbeat, guess.succeed, guess.marks_job,
                                         guess.fail, guess.release};
  for (const InitStatement& each : all.files.statements) {
    if (all.claims(each) || std::find(used.begin(), used.end(), each.name()) != used.end() ||
        std::find(guess.reapers.begin(), guess.reapers.end(), each.name()) != guess.reapers.end())
      continue;
    if (sounds_like_failure(each.name()) || sounds_like_release(each.name()) ||
        sounds_like_reaper(each.name()) || sounds_like_heartbeat(each.name()))
      continue;
    bool writes = false, ends = false, proves = false, names = false;
    for (const TableUse& use : each.uses) {
      writes = writes || use.updates || use.inserts;
      if (use.table != guess.table) continue;
      const Meaning meaning = meaning_of(all, use);
      ends = ends || use.removes || use.inserts || meaning.succeeded || meaning.failed ||
             meaning.ready || lets_go(all, use) || use.set(guess.state) != nullptr;
    }
    for (const auto& [parameter, place] : each.parameters) {
      const std::string called = each.called(parameter);
      proves = proves || (!guess.token.empty() && sounds_like_token(called));
      proves =
          proves || std::find(guess.token.begin(), guess.token.end(), called) != guess.token.end();
      names = names || called == guess.job || (guess.kind == QueueGuess::Kind::leader && proves);
    }
    if (writes && !ends && ((proves && names) || keeps_result(all, each)))
      guess.during.push_back(each.name());
  }
  if (!all.answer("during").empty()) guess.during.clear();
  for (const std::string& said : all.list_answered("during"))
    guess.during.push_back(statement_said(all, said));
  if (!guess.during.empty())
    all.suppose("during", fmt::format("{}", fmt::join(guess.during, ", ")),
                "it writes with what a claim returned",
                "does a worker run this while it has a job?");
}

}  // namespace

void guess_ends(const Guessing& all) {
  QueueGuess& guess = all.guess;
  guess_heartbeat(all);
  const bool leader = !guess.fixed.empty();
  if (!leader)
    guess.succeed = part(all, "succeed", weigh_success, "it ends the job",
                         "which statement ends a job that is done?");
  if (!leader && guess.succeed.empty() && all.answer("succeed").empty() &&
      guess.kind == QueueGuess::Kind::rows)
    all.suppose("succeed", "", "no statement ends a job",
                "which statement ends a job that is done?");
  if (!leader)
    guess.fail = part(all, "fail", weigh_failure, "it records an error",
                      "which statement follows an error?");
  guess.release = part(all, "release", weigh_release, "it gives the job back",
                       "which statement gives a job back?");
  if (const TableUse* use = all.use(guess.succeed)) guess.succeeds_by_removal = use->removes;
  if (guess.kind == QueueGuess::Kind::session) guess_unlock(all);
  guess_mark(all);
  // What is held apart from the job ends in the job's own row.
  if (guess.succeed.empty() && !guess.marks_job.empty()) {
    guess.succeed = std::exchange(guess.marks_job, "");
    std::erase_if(guess.guesses, [](const Guess& each) { return each.subject == "succeed"; });
    all.know("succeed", guess.succeed, fmt::format("it ends the job in {}", guess.jobs));
  }
  guess_reapers(all);
  if (const std::string said = all.answer("during"); said == "none")
    all.know("during", "", "you said so");
  else
    guess_during(all);
}

}  // namespace fencepost
