#include "tests/server_session.hpp"

#include <sched.h>

#include "tests/catch.hpp"

namespace fencepost {

TestSession::TestSession(Cluster& cluster, const std::string& database)
    : clock_(cluster.clock()), connection_(PQconnectdb(cluster.conninfo(database).c_str())) {
  INFO(PQerrorMessage(connection_));
  REQUIRE(PQstatus(connection_) == CONNECTION_OK);
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  slot_ = clock_.slot_of(PQbackendPID(connection_));
  clock_.settle(&slot_, 1);
}

TestSession::~TestSession() { PQfinish(connection_); }

Activity TestSession::send(const std::string& sql) {
  clock_.about_to_send(slot_);
  INFO(sql);
  REQUIRE(PQsendQuery(connection_, sql.c_str()) == 1);
  clock_.settle(&slot_, 1);
  return activity();
}

std::string TestSession::answer() {
  std::string text;
  REQUIRE(PQconsumeInput(connection_) + (activity() == Activity::gone ? 1 : 0) >= 1);
  REQUIRE((PQisBusy(connection_) == 0 || activity() == Activity::gone));
  while (PGresult* result = PQgetResult(connection_)) {
    if (const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE)) text += state;
    for (int row = 0; row < PQntuples(result); ++row) {
      if (row > 0) text += "\n";
      for (int column = 0; column < PQnfields(result); ++column)
        text += (column > 0 ? "|" : "") + std::string(PQgetvalue(result, row, column));
    }
    PQclear(result);
  }
  return text;
}

std::string TestSession::ask(const std::string& sql) {
  INFO(sql);
  REQUIRE(send(sql) == Activity::idle);
  return answer();
}

Activity TestSession::fire() {
  if (!clock_.fire(slot_)) return Activity::running;
  clock_.settle(&slot_, 1);
  return activity();
}

Cluster& shared_cluster() {
  static Cluster cluster{[] {
    ClusterOptions options;
    options.core = sched_getcpu();
    return options;
  }()};
  return cluster;
}

void start_over(Cluster& cluster) {
  cluster.clock().set(Instant{});
  TestSession session(cluster);
  session.ask("drop schema public cascade; create schema public");
}

}  // namespace fencepost
