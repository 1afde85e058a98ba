#include "sim/cli/glossary.hpp"

namespace fencepost {
namespace {

// clang-format off
constexpr Word kWords[] = {
    {"backoff", "ready_at rest", "How long a job rests after a failure before it may be claimed again."},
    {"belief", "believes believed", "What a worker takes for true: from the answer to its claim until it lets the job go or learns that it lost it. The database may know better, and bugs live in between."},
    {"canary", "canaries", "A saved failure in a protocol's own folder failures/, which must go on failing: it shows that the gate still sees that bug."},
    {"claim", "claimed claims", "What a worker runs to get a job: the operation called claim. Where the database commits it, it is a grant."},
    {"cut", "", "Of a history: ended before its end, because it had enough steps or a statement called :never had no answer. What it left open is not judged."},
    {"digest", "", "The fingerprint of a history: two runs with one digest did the same, step by step."},
    {"excused", "excuse", "Not counted as violated, because a fault or a declaration of the protocol allows it; reports name which."},
    {"fault", "faults", "Something done to a worker, a session, the server or a clock: a crash, a stall, an answer that is lost."},
    {"fence", "fenced", "A condition in a write by which it does nothing where its worker no longer has the job: AND claim = @claim."},
    {"grant", "grants granted attempt", "One life of a lease: from the commit that gives a job to a worker until it is released, revoked or followed by the next. They are numbered over all jobs. Not an attempt: attempts are what the protocol's own column counts."},
    {"heal", "healing", "The end of a history, in which nothing new goes wrong: whoever died is replaced, and everything must come to its end."},
    {"heartbeat", "", "What a worker runs beside its work to renew its lease."},
    {"history", "histories", "What happened in one run, in order: statements, answers, faults, commits, and the committed state after each."},
    {"horizon", "", "Where a history ends at the latest: so far behind heal that nothing new would come."},
    {"job", "jobs", "What is held: a row of the queue, a lock, a shard, the leader's seat."},
    {"judged", "judge not_judged", "A property is judged in a history in which what it is about came about. Only there is \"holds\" worth something."},
    {"lane", "lanes", "A private server with a core of its own; check runs one for each core."},
    {"lease", "leases", "How long a grant holds by itself. Behind its end another worker may take the job."},
    {"not_applicable", "no_columns", "The protocol does not observe or declare what a property needs; doctor says which line would change it."},
    {"not_proved", "unproved", "A scenario was to judge a property, and none of its histories could."},
    {"not_reached", "no_occasion", "In no history did that come about which a property is about, so it says nothing."},
    {"observe", "", "The query by which fencepost sees the jobs after every commit: job, state, and where there are such, owner, token, lease_until and more."},
    {"operation", "operations", "A named part of a worker's program: claim, work, succeed, fail."},
    {"owner", "owned holder", "The worker that has the job by the database. A healthy owner is one that no fault has touched."},
    {"poll", "polls", "How long a worker waits that found nothing to claim."},
    {"property", "properties", "What must hold in every history, such as: a job never has two owners."},
    {"protocol", "protocols", "A folder with the SQL of a queue, a lease or a leader, and protocol.toml, which says what its workers do with it."},
    {"released", "release", "A grant is released when its own worker gives the job back or ends it."},
    {"renewed", "renew renewal", "A grant is renewed when its worker moves the end of its lease."},
    {"revoked", "revoke revokes", "A grant is revoked when somebody else takes the job away: by claiming it, or by making it ready or failed."},
    {"role", "roles", "A kind of worker: its program, and how many there are."},
    {"scenario", "scenarios", "How many workers and jobs there are, which faults may strike where, and what must be reached."},
    {"seed", "seeds", "A number from which all of a history's choices follow: the same seed is the same history."},
    {"session", "sessions", "A connection to the server, with its settings, locks and transaction."},
    {"shard", "shards", "What one of several machines does of a check, a run of its seeds, or of `mutate`, every so-manieth group of mutants. Merge puts the results of all of them together."},
    {"situation", "situations", "Something that may come about and that a scenario is there for, such as a takeover. A scenario says how often it must be reached."},
    {"state", "states", "Of a job, as observe shows it: ready, owned, succeeded or failed."},
    {"statement", "statements", "One SQL statement of the protocol, known by its line \"-- name:\"."},
    {"takeover", "takeovers took_over", "A grant of a job whose last owner never let it go."},
    {"tape", "tapes", "What in a history deviates from a quiet run: a saved run is that, and so can be read and made smaller."},
    {"token", "tokens", "What proves a grant: a number, a time or an id that the claim writes, and that later writes are compared with."},
    {"vacuous", "", "A scenario did not reach the situation that it exists for often enough, so its green proves nothing. It needs more seeds, or the protocol can't get there."},
    {"worker", "workers", "A virtual process that runs a role's program, with its own sessions, clock and memory."},
};
// clang-format on

}  // namespace

std::span<const Word> glossary() { return kWords; }

}  // namespace fencepost
