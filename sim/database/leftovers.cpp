#include "sim/database/leftovers.hpp"

#include "sim/input/sql_words.hpp"

namespace fencepost {
namespace {

/// Wherever it stands, the statement around it may leave something. "hold" is a cursor's, "cache" a
/// sequence's.
constexpr std::string_view kLasting[] = {"set_config", "temp",    "temporary", "pg_temp",
                                         "listen",     "currval", "lastval",   "cache",
                                         "hold",       "load",    "extension", "reset"};
constexpr std::string_view kPreparing[] = {"prepare", "deallocate", "discard"};
/// Who asks for these sees, or meets, a backend that is kept.
constexpr std::string_view kWatching[] = {"pg_stat_activity", "pg_stat_get_activity", "numbackends",
                                          "pg_terminate_backend", "pg_cancel_backend"};
constexpr std::string_view kConfigured[] = {"role", "user", "database", "system"};
/// Its timer runs on behind the statement that began it, and the next one begins none.
constexpr std::string_view kTiming = "client_connection_check_interval";
/// A SET with one of these ends with its transaction.
constexpr std::string_view kOfTransaction[] = {"local", "transaction", "constraints"};

Leftovers leftovers_of(const SqlWord& word) {
  Leftovers leftovers;
  leftovers.random = word.is.starts_with("random") || word.is == "setseed";
  leftovers.prepared = is_one_of(word.is, kPreparing);
  leftovers.watched = is_one_of(word.is, kWatching) || word.is.starts_with("pg_stat_get_backend");
  const bool runs_text =
      word.is == "execute" && word.next != "function" && word.next != "procedure";
  const bool sets = word.is == "set" && word.begins && !is_one_of(word.next, kOfTransaction);
  const bool foreign = word.before == "language" && word.is != "sql" && word.is != "plpgsql";
  const bool locks =
      word.is.starts_with("pg_advisory_lock") || word.is.starts_with("pg_try_advisory_lock");
  // What is only known when it runs can do anything.
  const bool loads = word.is == "load" && word.begins;
  const bool anything = runs_text || foreign || word.is == "extension" || word.is == "load";
  // What a role or a database has as its setting is read when a session begins.
  const bool configures = word.before == "alter" && is_one_of(word.is, kConfigured);
  leftovers.lasting =
      foreign || word.is == "extension" || loads || configures || word.is == kTiming;
  leftovers.prepared = leftovers.prepared || anything;
  leftovers.random = leftovers.random || anything;
  leftovers.state =
      anything || configures || sets || locks || leftovers.prepared || is_one_of(word.is, kLasting);
  return leftovers;
}

void add(Leftovers& to, const Leftovers& more) {
  to.state = to.state || more.state;
  to.prepared = to.prepared || more.prepared;
  to.random = to.random || more.random;
  to.watched = to.watched || more.watched;
  to.lasting = to.lasting || more.lasting;
}

}  // namespace

Leftovers leftovers_of(std::string_view sql) {
  Leftovers all;
  for_each_word(sql, [&](const SqlWord& word) { add(all, leftovers_of(word)); });
  return all;
}

Leftovers leftovers_of(const Protocol& protocol) {
  Leftovers all;
  for_each_word(protocol, [&](const SqlWord& word) { add(all, leftovers_of(word)); });
  all.lasting = all.lasting || protocol.server.contains(std::string(kTiming));
  for (const Role& role : protocol.roles) {
    all.state = all.state || !role.listen.empty();
    all.lasting = all.lasting || role.settings.contains(std::string(kTiming));
  }
  if (protocol.previous) add(all, leftovers_of(*protocol.previous));
  return all;
}

bool changes_settings(const Protocol& protocol) {
  bool found = protocol.previous && changes_settings(*protocol.previous);
  for_each_word(protocol, [&](const SqlWord& word) {
    found = found || word.is == "set_config" ||
            (word.is == "set" && word.begins && word.next != "transaction" &&
             word.next != "constraints") ||
            leftovers_of(word).prepared;
  });
  return found;
}

bool redefines(const Protocol& protocol) {
  constexpr std::string_view rewriting[] = {"truncate", "vacuum", "cluster", "reindex", "refresh"};
  constexpr std::string_view defining[] = {"create", "alter", "drop"};
  bool found = protocol.previous && redefines(*protocol.previous);
  const auto defines = [&](const SqlWord& word) {
    return word.begins && is_one_of(word.is, defining) && !word.next.empty();
  };
  for_each_word(protocol, [&](const SqlWord& word) {
    found = found || (word.begins && is_one_of(word.is, rewriting));
  });
  // A schema's own statements run once, before any history; the bodies of what they create may run
  // in each.
  for (const std::string& text : protocol.schema)
    for_each_word(text, [&](const SqlWord& word) {
      found = found || (defines(word) && word.within == "create");
    });
  for (const auto& [name, statement] : protocol.statements)
    for_each_word(statement.sql, [&](const SqlWord& word) { found = found || defines(word); });
  return found;
}

}  // namespace fencepost
