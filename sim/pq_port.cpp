#include "sim/pq_port.hpp"

#include <dlfcn.h>

namespace fencepost {
namespace {

// libpq's C interface has no room for a context, so the port of the running fiber is known by thread.
thread_local PqPort* current = nullptr;

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

PortScope::PortScope(PqPort* port) : before_(current) { current = port; }
PortScope::~PortScope() { current = before_; }

}  // namespace fencepost

using fencepost::current;
using fencepost::real;

extern "C" {

PGresult* PQexec(PGconn* conn, const char* query) {
  static const auto original = real<decltype(PQexec)>("PQexec");
  if (current == nullptr) return original(conn, query);
  return current->execute(conn, [=] { return PQsendQuery(conn, query); });
}

PGresult* PQexecParams(PGconn* conn, const char* command, int count, const Oid* types,
                       const char* const* values, const int* lengths, const int* formats,
                       int result_format) {
  static const auto original = real<decltype(PQexecParams)>("PQexecParams");
  if (current == nullptr)
    return original(conn, command, count, types, values, lengths, formats, result_format);
  return current->execute(conn, [=] {
    return PQsendQueryParams(conn, command, count, types, values, lengths, formats, result_format);
  });
}

PGresult* PQexecPrepared(PGconn* conn, const char* name, int count, const char* const* values,
                         const int* lengths, const int* formats, int result_format) {
  static const auto original = real<decltype(PQexecPrepared)>("PQexecPrepared");
  if (current == nullptr)
    return original(conn, name, count, values, lengths, formats, result_format);
  return current->execute(conn, [=] {
    return PQsendQueryPrepared(conn, name, count, values, lengths, formats, result_format);
  });
}

PGresult* PQprepare(PGconn* conn, const char* name, const char* query, int count,
                    const Oid* types) {
  static const auto original = real<decltype(PQprepare)>("PQprepare");
  if (current == nullptr) return original(conn, name, query, count, types);
  return current->prepare(conn, name, query);
}

PGconn* PQconnectdb(const char* conninfo) {
  static const auto original = real<decltype(PQconnectdb)>("PQconnectdb");
  if (current == nullptr) return original(conninfo);
  return current->connect(conninfo);
}

void PQfinish(PGconn* conn) {
  static const auto original = real<decltype(PQfinish)>("PQfinish");
  if (current == nullptr) return original(conn);
  current->finish(conn);
}

// Reconnecting is the worker's own decision, never the library's: a reset on a fiber does nothing.
void PQreset(PGconn* conn) {
  static const auto original = real<decltype(PQreset)>("PQreset");
  if (current == nullptr) original(conn);
}

ConnStatusType PQstatus(const PGconn* conn) {
  static const auto original = real<decltype(PQstatus)>("PQstatus");
  if (current != nullptr && conn != nullptr && current->broken(const_cast<PGconn*>(conn)))
    return CONNECTION_BAD;
  return original(conn);
}

}  // extern "C"
