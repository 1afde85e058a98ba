#include "sim/database/pq_port.hpp"

#include <dlfcn.h>

#include <new>

namespace fencepost {
namespace {

// libpq's C interface has no room for a context, so the port of the running fiber is known by
// thread.
thread_local PqPort* current = nullptr;

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::optional<fencepost::Welcome> welcome(const PGconn* connection) {
  if (current == nullptr || connection == nullptr) return std::nullopt;
  return current->welcome(const_cast<PGconn*>(connection));
}

/// A request with these values.
Request with_values(Request out, int count, const char* const* values, const int* lengths,
                    const int* formats) {
  const auto is_binary = [&](int i) { return formats != nullptr && formats[i] == 1; };
  out.values.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (values[i] == nullptr)
      out.values.emplace_back();
    else if (is_binary(i))
      out.values.emplace_back(std::in_place, values[i], static_cast<std::size_t>(lengths[i]));
    else
      out.values.emplace_back(values[i]);
    if (is_binary(i)) out.formats.resize(static_cast<std::size_t>(count));
    if (is_binary(i)) out.formats[static_cast<std::size_t>(i)] = 1;
  }
  return out;
}

}  // namespace

bool send(PGconn* connection, const Request& request) {
  const int count = static_cast<int>(request.values.size());
  if (!request.prepared && count == 0) return PQsendQuery(connection, request.text.c_str()) == 1;
  std::vector<const char*> values;
  std::vector<int> lengths;
  values.reserve(request.values.size());
  for (const auto& value : request.values) values.push_back(value ? value->c_str() : nullptr);
  // libpq asks for the lengths of binary values only.
  if (!request.formats.empty())
    for (const auto& value : request.values)
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
  if (request.prepared)
    return PQsendQueryPrepared(connection, request.text.c_str(), count, values.data(),
                               lengths.data(), request.formats.data(), request.result_format) == 1;
  return PQsendQueryParams(connection, request.text.c_str(), count, nullptr, values.data(),
                           lengths.data(), request.formats.data(), request.result_format) == 1;
}

std::optional<std::string> turned_away() {
  return current == nullptr ? std::nullopt : current->turned_away();
}

PGconn* connection_to_nobody() {
  // It has no keyword, so that nothing is tried.
  PGconn* const connection = PQconnectStart("=");
  if (connection == nullptr) throw std::bad_alloc();
  return connection;
}

PortScope::PortScope(PqPort* port) : before_(current) { current = port; }
PortScope::~PortScope() { current = before_; }

}  // namespace fencepost

using fencepost::current;
using fencepost::real;
using fencepost::welcome;
using fencepost::with_values;

extern "C" {

PGresult* PQexec(PGconn* conn, const char* query) {
  static const auto original = real<decltype(PQexec)>("PQexec");
  if (current == nullptr) return original(conn, query);
  return current->execute(conn, {query, false, {}, {}, 0});
}

PGresult* PQexecParams(PGconn* conn, const char* command, int count, const Oid* types,
                       const char* const* values, const int* lengths, const int* formats,
                       int result_format) {
  static const auto original = real<decltype(PQexecParams)>("PQexecParams");
  if (current == nullptr)
    return original(conn, command, count, types, values, lengths, formats, result_format);
  return current->execute(
      conn, with_values({command, false, {}, {}, result_format}, count, values, lengths, formats));
}

PGresult* PQexecPrepared(PGconn* conn, const char* name, int count, const char* const* values,
                         const int* lengths, const int* formats, int result_format) {
  static const auto original = real<decltype(PQexecPrepared)>("PQexecPrepared");
  if (current == nullptr)
    return original(conn, name, count, values, lengths, formats, result_format);
  return current->execute(
      conn, with_values({name, true, {}, {}, result_format}, count, values, lengths, formats));
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

// libpqxx looks for notifications after every statement. What the socket holds at that moment is
// the kernel's timing; a worker learns of a closed connection when it next uses it.
int PQconsumeInput(PGconn* conn) {
  static const auto original = real<decltype(PQconsumeInput)>("PQconsumeInput");
  return current == nullptr ? original(conn) : 1;
}

ConnStatusType PQstatus(const PGconn* conn) {
  static const auto original = real<decltype(PQstatus)>("PQstatus");
  if (current != nullptr && conn != nullptr && current->broken(const_cast<PGconn*>(conn)))
    return CONNECTION_BAD;
  return welcome(conn) ? CONNECTION_OK : original(conn);
}

// libpq has an encoding for an open connection only.
int PQclientEncoding(const PGconn* conn) {
  static const auto original = real<decltype(PQclientEncoding)>("PQclientEncoding");
  if (current != nullptr && conn != nullptr && current->closed_by_server(const_cast<PGconn*>(conn)))
    return -1;
  const auto told = welcome(conn);
  return told ? told->encoding : original(conn);
}

int PQserverVersion(const PGconn* conn) {
  static const auto original = real<decltype(PQserverVersion)>("PQserverVersion");
  const auto told = welcome(conn);
  return told ? told->server_version : original(conn);
}

int PQprotocolVersion(const PGconn* conn) {
  static const auto original = real<decltype(PQprotocolVersion)>("PQprotocolVersion");
  const auto told = welcome(conn);
  return told ? told->protocol_version : original(conn);
}

}  // extern "C"
