// A backfill worker as anybody would write it with libpqxx, which knows nothing of fencepost: it
// takes a job over whose owner has not been heard of for five minutes, and fences what it writes
// to the job, but not its checkpoint, unless it is told to ("fenced").
#include <chrono>
#include <pqxx/pqxx>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

struct Claim {
  std::string job, token;
};

/// Claims a job, if there is one.
bool claim(pqxx::connection& connection, Claim& into) {
  pqxx::work work(connection);
  const pqxx::result found = work.exec(
      "SELECT id FROM jobs WHERE state = 'ready' OR (state = 'running' AND "
      "heard_at <= now() - interval '5 minutes') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED");
  if (!found.empty()) {
    into.job = found[0][0].c_str();
    into.token = work.exec_params(
                         "UPDATE jobs SET state = 'running', heard_at = now(), token = "
                         "gen_random_uuid() WHERE id = $1 RETURNING token",
                         into.job)[0][0]
                     .c_str();
  }
  work.commit();
  return !found.empty();
}

/// One chunk behind the cursor; false: there is none, or the job is another's.
bool advance(pqxx::connection& connection, const Claim& claim, bool fenced, int& cursor) {
  pqxx::nontransaction session(connection);
  const pqxx::result chunk = session.exec_params(
      "SELECT max(id) FROM (SELECT id FROM items WHERE id > $1 ORDER BY id "
      "LIMIT 2) AS chunk",
      cursor);
  if (chunk[0][0].is_null()) return false;
  std::this_thread::sleep_for(1s);  // the work
  cursor = chunk[0][0].as<int>();
  if (fenced)
    session.exec_params(
        "UPDATE checkpoints SET cursor = $2 WHERE job = $1 AND EXISTS (SELECT FROM "
        "jobs WHERE id = $1 AND token = $3)",
        claim.job, cursor, claim.token);
  else
    session.exec_params("UPDATE checkpoints SET cursor = $2 WHERE job = $1", claim.job, cursor);
  return session
             .exec_params("UPDATE jobs SET heard_at = now() WHERE id = $1 AND token = $2",
                          claim.job, claim.token)
             .affected_rows() == 1;
}

}  // namespace

int main(int count, char** values) {
  const bool fenced = count > 1 && std::string(values[1]) == "fenced";
  pqxx::connection connection;
  for (;;) {
    Claim mine;
    if (!claim(connection, mine)) {
      std::this_thread::sleep_for(20s);
      continue;
    }
    for (int cursor = 0; advance(connection, mine, fenced, cursor);) continue;
    pqxx::nontransaction session(connection);
    session.exec_params("UPDATE jobs SET state = 'done' WHERE id = $1 AND token = $2", mine.job,
                        mine.token);
  }
}
