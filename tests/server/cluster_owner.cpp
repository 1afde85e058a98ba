// A program for tests to kill: owns a private server with sessions that wait for a lock and stand
// at its barrier, says where the server is, and then waits for ever.
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "sim/server/cluster.hpp"
#include "sim/server/server_clock.hpp"

namespace {

using namespace fencepost;

struct Client {
  PGconn* connection;
  Slot slot;
};

Client connect(Cluster& cluster) {
  PGconn* connection = PQconnectdb(cluster.conninfo("postgres").c_str());
  return {connection, cluster.clock().slot_of(PQbackendPID(connection))};
}

void send(Cluster& cluster, const Client& client, const char* sql) {
  cluster.clock().about_to_send(client.slot);
  PQsendQuery(client.connection, sql);
  cluster.clock().settle(&client.slot, 1);
}

}  // namespace

/// With "keep" the server is to be kept; with anything else it is made of the PostgreSQL in that
/// folder.
int main(int count, char** values) {
  ClusterOptions options;
  const std::string wish = count > 1 ? values[1] : "";
  options.keep = wish == "keep";
  if (!wish.empty() && wish != "keep") options.bin = wish;
  Cluster cluster(options);
  const Client holder = connect(cluster);
  const Client at_barrier = connect(cluster);
  const Client waiting = connect(cluster);
  cluster.clock().close_barrier(at_barrier.slot);
  send(cluster, holder, "select pg_advisory_lock(1), pg_advisory_lock(2)");
  send(cluster, at_barrier, "select pg_advisory_lock(1)");
  send(cluster, waiting, "select pg_advisory_lock(2)");
  while (PGresult* result = PQgetResult(holder.connection)) PQclear(result);
  send(cluster, holder, "select pg_advisory_unlock(1)");
  cluster.clock().settle(&at_barrier.slot, 1);
  const bool as_planned = cluster.clock().activity(at_barrier.slot) == Activity::held &&
                          cluster.clock().activity(waiting.slot) == Activity::lock;
  std::printf("%s %d %s\n", as_planned ? "ready" : "not as planned", cluster.postmaster(),
              cluster.folder().c_str());
  std::fflush(stdout);
  for (;;) pause();
}
