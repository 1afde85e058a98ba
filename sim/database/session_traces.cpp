#include "sim/database/session_traces.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "sql/sql_text.hpp"

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
                                          "pg_terminate_backend"};
constexpr std::string_view kConfigured[] = {"role", "user", "database", "system"};
/// Behind these a statement begins, also in a function's body.
constexpr std::string_view kBeginning[] = {"begin", "then", "else", "loop"};
/// A SET with one of these ends with its transaction.
constexpr std::string_view kOfTransaction[] = {"local", "transaction", "constraints"};

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// Without its quotes, of whatever kind.
std::string_view inside(std::string_view text) {
  const bool dollars = text.starts_with('$');
  const std::size_t first = dollars ? text.find('$', 1) + 1 : text.find('\'') + 1;
  const std::size_t around = first + (dollars ? first : 1);
  return text.size() < around ? "" : text.substr(first, text.size() - around);
}

/// One word, with the words beside it; "" where there is none.
struct Word {
  std::string_view before, is, next;
  bool begins = false;  ///< a statement
};

SessionTraces traces_of(const Word& word) {
  SessionTraces traces;
  traces.random = word.is.starts_with("random") || word.is == "setseed";
  traces.prepared = is_one_of(word.is, kPreparing);
  traces.watched = is_one_of(word.is, kWatching) || word.is.starts_with("pg_stat_get_backend");
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
  traces.lasting = foreign || word.is == "extension" || loads || configures;
  traces.prepared = traces.prepared || anything;
  traces.random = traces.random || anything;
  traces.state =
      anything || configures || sets || locks || traces.prepared || is_one_of(word.is, kLasting);
  return traces;
}

/// Also in function bodies and other texts.
void for_each_word(std::string_view sql, const std::function<void(const Word&)>& visit) {
  const SqlParts parts = sql_parts(sql);
  std::string before;
  bool begins = true;
  for (std::size_t i = next_that_counts(parts, 0); i < parts.size();) {
    const std::size_t next = next_that_counts(parts, i + 1);
    const SqlPart& part = parts[i];
    if (part.kind == SqlKind::text) for_each_word(inside(part.text), visit);
    const std::string word = part.kind == SqlKind::word ? folded(part.text) : "";
    const std::string after = next < parts.size() ? folded(parts[next].text) : "";
    if (!word.empty()) visit(Word{before, word, after, begins});
    begins = part.kind == SqlKind::semicolon || is_one_of(word, kBeginning);
    before = word;
    i = next;
  }
}

void add(SessionTraces& to, const SessionTraces& more) {
  to.state = to.state || more.state;
  to.prepared = to.prepared || more.prepared;
  to.random = to.random || more.random;
  to.watched = to.watched || more.watched;
  to.lasting = to.lasting || more.lasting;
}

}  // namespace

SessionTraces traces_of(std::string_view sql) {
  SessionTraces all;
  for_each_word(sql, [&](const Word& word) { add(all, traces_of(word)); });
  return all;
}

SessionTraces traces_of(const Protocol& protocol) {
  SessionTraces all;
  for (const std::string& text : protocol.schema) add(all, traces_of(text));
  for (const auto& [name, statement] : protocol.statements) add(all, traces_of(statement.sql));
  for (const Role& role : protocol.roles) all.state = all.state || !role.listen.empty();
  if (protocol.previous) add(all, traces_of(*protocol.previous));
  return all;
}

bool changes_settings(const Protocol& protocol) {
  bool found = protocol.previous && changes_settings(*protocol.previous);
  const auto look = [&](const Word& word) {
    found = found || word.is == "set_config" ||
            (word.is == "set" && word.begins && word.next != "transaction" &&
             word.next != "constraints") ||
            traces_of(word).prepared;
  };
  for (const std::string& text : protocol.schema) for_each_word(text, look);
  for (const auto& [name, statement] : protocol.statements) for_each_word(statement.sql, look);
  return found;
}

}  // namespace fencepost
