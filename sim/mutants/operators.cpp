#include "sim/mutants/operators.hpp"

#include <array>

namespace fencepost {
namespace {

constexpr std::array kMutations = {
    MutationOperator{"no-condition", "A condition is not asked."},
    MutationOperator{"no-alternative", "One side of an OR is never true."},
    MutationOperator{"other-comparison", "A comparison is off by one, or the other way round."},
    MutationOperator{"early", "A time counts as reached a microsecond or a second too early."},
    MutationOperator{"late", "A time counts as reached a day too late."},
    MutationOperator{"no-lock", "FOR UPDATE, or its kind, is not there."},
    MutationOperator{"weaker-lock", "FOR SHARE stands for FOR UPDATE."},
    MutationOperator{"no-skip-locked", "SKIP LOCKED is not there."},
    MutationOperator{"skip-locked", "SKIP LOCKED is there."},
    MutationOperator{"no-nowait", "NOWAIT is not there."},
    MutationOperator{"no-materialized", "MATERIALIZED is not there."},
    MutationOperator{"no-order", "ORDER BY is not there."},
    MutationOperator{"other-order", "ORDER BY is the other way round."},
    MutationOperator{"no-limit", "LIMIT is not there."},
    MutationOperator{"larger-limit", "LIMIT is one more."},
    MutationOperator{"no-set", "A column is not set, or left to its default."},
    MutationOperator{"no-bump", "What is counted up stays what it is."},
    MutationOperator{"constant", "A constant stands for what is new each time."},
    MutationOperator{"other-time", "now() stands for clock_timestamp(), or the reverse."},
    MutationOperator{"narrower", "An interval is a tenth."},
    MutationOperator{"wider", "An interval is a hundred times as long."},
    MutationOperator{"infinite", "A time is for ever away."},
    MutationOperator{"one-of", "Of GREATEST, LEAST or COALESCE one argument is left."},
    MutationOperator{"fixed-case", "A case of CASE is always so, or never."},
    MutationOperator{"no-conflict", "ON CONFLICT is not there."},
    MutationOperator{"nothing-on-conflict", "DO NOTHING stands for DO UPDATE."},
    MutationOperator{"no-output", "A column that is returned is null."},
    MutationOperator{"no-step", "A step is left out."},
    MutationOperator{"swapped-steps", "Two steps change places."},
    MutationOperator{"split-transaction", "A transaction is two, or none."},
    MutationOperator{"joined-transaction", "Steps come into one transaction."},
    MutationOperator{"ignored-outcome", "That a statement came back empty is not noticed."},
    MutationOperator{"no-reaction", "An error is not reacted to."},
    MutationOperator{"no-isolation", "A transaction has the usual isolation."},
    MutationOperator{"no-retry", "A transaction is not tried again."},
    MutationOperator{"no-handler",
                     "Nothing is run behind an error, a loss or a broken connection."},
    MutationOperator{"no-going-on", "The round ends where it would go on."},
    MutationOperator{"no-heartbeat", "There is no heartbeat."},
    MutationOperator{"rarer-heartbeat", "The heartbeat comes a tenth as often."},
    MutationOperator{"shared-session", "The heartbeat uses the program's session."},
    MutationOperator{"no-setting", "A setting of the sessions is not there."},
    MutationOperator{"larger-setting", "A time in a setting is ten times as long."},
    MutationOperator{"other-constant", "A constant is one more, one less, a tenth or hundredfold."},
};

}  // namespace

std::span<const MutationOperator> mutation_operators() { return kMutations; }

std::string_view promised_by(Promised promise) {
  switch (promise) {
    case Promised::always:
      return "";
    case Promised::order:
      return "no key promises which job is taken first; [jobs] ends_within bounds how long one "
             "waits";
    case Promised::limit:
      return "[lease] limit promises how many jobs one claim takes";
    case Promised::amount:
      return "no key promises how many rows one statement takes";
    case Promised::owner:
      return "no key promises that a job's row names its owner, where a token proves the claim";
    case Promised::backoff:
      return "[lease] backoff promises how long a job rests";
    case Promised::going_on:
      return "no key promises that a worker goes on with what it has; somebody else may";
    case Promised::waiting:
      return "no key promises how long somebody waits for a lock";
    case Promised::notice:
      return "[lease] notices_within promises that a worker learns that it lost";
    case Promised::short_work:
      return "no key promises that nobody works inside a transaction";
  }
  return "";
}

}  // namespace fencepost
