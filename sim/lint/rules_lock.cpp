// Locks that are held elsewhere, twice, under another key, or in another order.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/lint/lint_rules.hpp"

namespace fencepost {
namespace {

/// pg_advisory_lock and pg_try_advisory_lock: locks that live as long as their session.
bool is_session_lock(std::string_view function) {
  return (function.starts_with("pg_try_advisory_lock") || function.starts_with("pg_advisory_lock"));
}

/// A call of a session's lock in a claim.
struct LockCall {
  const ReadStatement* read = nullptr;
  const StatementUse* use = nullptr;
  const FunctionCall* call = nullptr;
  const Query* query = nullptr;
};

std::vector<LockCall> claims_locks(const LintFacts& facts) {
  std::vector<LockCall> found;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.part != StatementUse::Part::claim) return;
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls)
        if (is_session_lock(call.name)) found.push_back({&read, &use, &call, &query});
  });
  std::sort(found.begin(), found.end(),
            [](const LockCall& a, const LockCall& b) { return a.use->order < b.use->order; });
  return found;
}

/// What is locked, as written.
std::string key_of(const LockCall& lock) {
  const std::string text = lock.read->own_text(lock.call->span);
  const std::size_t open = text.find('(');
  return open == std::string::npos ? text : text.substr(open);
}

bool writes(const ReadStatement& read) {
  return std::any_of(read.queries.begin(), read.queries.end(),
                     [](const Query& query) { return query.writes(); });
}

}  // namespace

std::vector<Trap> writes_beside_lock(const LintFacts& facts) {
  std::vector<Trap> traps;
  if (facts.protocol().declared.lease_kind != LeaseKind::session) return traps;
  const std::vector<LockCall> locks = claims_locks(facts);
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.part == StatementUse::Part::claim) return;
    for (const LockCall& lock : locks) {
      if (lock.use->role != use.role || lock.use->session == use.session) continue;
      // Whoever stops when the lock's session ends is said to watch it.
      const auto watched = use.role->disconnect.find(lock.use->session);
      if (watched != use.role->disconnect.end() && watched->second.then == Handler::Then::end_round)
        continue;
      for (const Query& query : read.queries) {
        if (!query.writes()) continue;
        traps.push_back({&read,
                         query.target_span,
                         {},
                         fmt::format("it runs on session {}, and the lock is {}'s: when that one "
                                     "ends, another worker has the lock, and this one still writes",
                                     use.session, lock.use->session),
                         fmt::format("{{ run = \"{}\", session = \"{}\" }}", read.statement->name,
                                     lock.use->session)});
      }
      break;
    }
  });
  return traps;
}

std::vector<Trap> different_lock_keys(const LintFacts& facts) {
  std::vector<Trap> traps;
  if (facts.protocol().declared.lease_kind != LeaseKind::session) return traps;
  std::map<const Role*, std::set<std::string>> keys;
  const std::vector<LockCall> locks = claims_locks(facts);
  for (const LockCall& lock : locks) keys[lock.use->role].insert(key_of(lock));
  if (locks.empty()) return traps;
  const Role* first = locks.front().use->role;
  for (const LockCall& lock : locks) {
    const auto shared = [&](const std::string& key) { return keys[first].contains(key); };
    const std::set<std::string>& own = keys[lock.use->role];
    if (lock.use->role == first || std::any_of(own.begin(), own.end(), shared)) continue;
    traps.push_back(
        {lock.read,
         lock.call->span,
         {},
         fmt::format("role {} locks {}, and role {} locks {}: both have the job", first->name,
                     *keys[first].begin(), lock.use->role->name, key_of(lock)),
         "lock the other key, too, for as long as both run"});
  }
  return traps;
}

std::vector<Trap> locks_taken_twice(const LintFacts& facts) {
  std::vector<Trap> traps;
  const std::vector<LockCall> locks = claims_locks(facts);
  for (std::size_t i = 1; i < locks.size(); ++i) {
    const LockCall &before = locks[i - 1], &lock = locks[i];
    const bool another = before.use->role == lock.use->role && before.read != lock.read &&
                         before.use->session == lock.use->session &&
                         before.call->arguments.size() == lock.call->arguments.size();
    // Whoever looks at pg_locks first may know what it does.
    bool looks = false;
    for (const Query& query : lock.read->queries)
      for (const TableName& table : query.tables) looks = looks || table.name == "pg_locks";
    if (another && !looks)
      traps.push_back({lock.read,
                       lock.call->span,
                       {},
                       fmt::format("{} has locked the job on this session already; locks are "
                                   "counted, and one unlock leaves this one taken",
                                   before.read->statement->name),
                       fmt::format("CASE WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = "
                                   "'advisory' AND pid = pg_backend_pid() AND …) THEN true ELSE {} "
                                   "END",
                                   lock.read->own_text(lock.call->span))});
  }
  return traps;
}

std::vector<Trap> opposite_orders(const LintFacts& facts) {
  struct Writes {
    const Role* role = nullptr;
    std::size_t transaction = 0;
    std::vector<std::pair<std::size_t, const ReadStatement*>> in_order;
    const ReadStatement* first = nullptr;
  };
  std::map<std::pair<const Role*, std::size_t>, Writes> all;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!use.transaction) return;
    Writes& into = all[{use.role, *use.transaction}];
    if (use.is_first) into.first = &read;
    if (writes(read)) into.in_order.emplace_back(use.order, &read);
  });
  std::vector<Trap> traps;
  for (auto a = all.begin(); a != all.end(); ++a) {
    std::sort(a->second.in_order.begin(), a->second.in_order.end());
    for (auto b = all.begin(); b != a; ++b) {
      const auto& one = a->second.in_order;
      const auto& other = b->second.in_order;
      // What both begin with makes them take turns.
      if (a->second.first == b->second.first) continue;
      for (std::size_t i = 0; i + 1 < one.size(); ++i)
        for (std::size_t k = 0; k + 1 < other.size(); ++k)
          if (one[i].second == other[k + 1].second && one[i + 1].second == other[k].second &&
              one[i].second != one[i + 1].second)
            traps.push_back(
                {one[i + 1].second,
                 one[i + 1].second->queries.front().span,
                 {},
                 fmt::format("one transaction runs {} and then {}, another the other way round: "
                             "each waits for rows that the other has locked",
                             one[i].second->statement->name, one[i + 1].second->statement->name),
                 "first in both: SELECT pg_advisory_xact_lock(…)"});
    }
  }
  return traps;
}

}  // namespace fencepost
