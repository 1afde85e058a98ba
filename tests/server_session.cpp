#include "tests/server_session.hpp"

#include <sched.h>

#include "tests/catch.hpp"

namespace fencepost {
namespace {

std::string text_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  std::string text = state != nullptr ? state : "";
  for (int row = 0; row < PQntuples(result); ++row) {
    if (row > 0) text += "\n";
    for (int column = 0; column < PQnfields(result); ++column)
      text += (column > 0 ? "|" : "") + std::string(PQgetvalue(result, row, column));
  }
  return text;
}

}  // namespace

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

void TestSession::start(const std::string& sql) {
  clock_.about_to_send(slot_);
  INFO(sql.substr(0, 200));
  REQUIRE(PQsendQuery(connection_, sql.c_str()) == 1);
  if (sql.size() > 64'000) clock_.nudge(slot_);
}

Activity TestSession::send(const std::string& sql) {
  start(sql);
  clock_.settle(&slot_, 1);
  return activity();
}

std::string TestSession::answer() {
  while (activity() == Activity::other) {
    REQUIRE(PQconsumeInput(connection_) == 1);
    clock_.nudge(slot_);
    clock_.settle(&slot_, 1);
  }
  REQUIRE(PQconsumeInput(connection_) + (activity() == Activity::gone ? 1 : 0) >= 1);
  REQUIRE((PQisBusy(connection_) == 0 || activity() == Activity::gone));
  std::string text;
  while (PGresult* result = PQgetResult(connection_)) {
    text += text_of(result);
    PQclear(result);
  }
  return text;
}

std::string TestSession::ask(const std::string& sql) {
  INFO(sql.substr(0, 200));
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
