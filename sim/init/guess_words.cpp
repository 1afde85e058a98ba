#include "sim/init/guess_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "model/token.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {

bool says(std::string_view name, std::initializer_list<std::string_view> words) {
  const std::string small = folded(name);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return small.find(word) != small.npos; });
}

bool sounds_like_claim(std::string_view statement) {
  return says(statement,
              {"claim", "fetch", "reserve",  "lock", "acquire", "dequeue",   "take",    "pick",
               "poll",  "pull",  "checkout", "grab", "elect",   "lead",      "receive", "obtain",
               "next",  "lease", "get_job",  "work", "start",   "candidate", "attain",  "run"}) &&
         !sounds_like_heartbeat(statement) && !sounds_like_release(statement) &&
         !says(statement, {"reclaim", "unclaim", "complete", "finish", "fail"});
}
bool sounds_like_heartbeat(std::string_view statement) {
  return says(statement, {"heartbeat", "beat", "renew", "extend", "keep", "touch", "ping", "alive",
                          "reelect", "refresh", "prolong", "stay", "bump"});
}
bool sounds_like_success(std::string_view statement) {
  return (says(statement,
               {"complete", "finish", "succe", "done", "acknowledg", "ack_", "destroy", "handled",
                "processed", "deliver", "sent", "end_", "outcome", "fulfil", "resolve"}) ||
          folded(statement).starts_with("ack")) &&
         !sounds_like_failure(statement);
}
bool sounds_like_failure(std::string_view statement) {
  return says(statement,
              {"fail", "error", "nack", "retry", "reschedul", "bury", "discard", "dead", "abort",
               "snooze", "reject", "backoff", "broke", "badly", "give_up", "giveup", "gave_up"});
}
bool sounds_like_release(std::string_view statement) {
  return says(statement, {"release", "unlock", "give_back", "giveback", "requeue", "abandon",
                          "return", "resign", "leave", "step_down", "stepdown", "surrender",
                          "yield", "unclaim", "let_go", "put_back"});
}
bool sounds_like_reaper(std::string_view statement) {
  return says(statement, {"rescue", "reap", "stale", "sweep", "prune", "recover", "orphan",
                          "zombie", "expire", "stuck", "reset", "clean", "timeout", "timed_out",
                          "reclaim", "maintain", "exhaust", "dead"});
}

bool sounds_like_owner(std::string_view column) {
  const bool by = column.ends_with("_by") || column.ends_with("By") || column.ends_with("edby");
  return (by && !says(column, {"creat", "updat", "modif", "order", "group"})) ||
         says(column, {"owner", "worker", "holder", "node", "host", "instance", "leader",
                       "process_id", "executor", "manager", "consumer", "runner", "server", "pid",
                       "agent", "session_id", "client"});
}
bool sounds_like_token(std::string_view column) {
  return says(column, {"token", "nonce", "fence", "fencing", "secret", "receipt", "lease_id",
                       "leaseid", "claim_id", "claimid", "lock_id", "lockid", "lock_key", "lockkey",
                       "run_id", "execution_id"});
}
bool sounds_like_since(std::string_view column) {
  std::string_view name = column.substr(0, column.size() - unit_in_name(column).size());
  if (name.ends_with('_')) name.remove_suffix(1);
  const bool at = name.ends_with("_at") || name.ends_with("At") || says(name, {"since"});
  return at && !says(column, {"until", "expir", "deadline", "visible", "avail", "timeout", "end"});
}
bool sounds_like_attempts(std::string_view column) {
  return says(column, {"attempt", "tries", "retr", "picks", "failures", "read_ct", "deliveries"});
}
bool sounds_like_error(std::string_view name) {
  return says(name, {"error", "reason", "exception", "failure", "message", "backtrace"});
}

std::optional<JobState> state_by_name(std::string_view label) {
  if (says(label, {"fail", "dead", "discard", "cancel", "error", "buried", "abandon", "reject",
                   "kill", "exhaust", "poison", "crash", "abort", "broke", "exception", "gave_up",
                   "give_up", "gaveup", "giveup"}))
    return JobState::failed;
  if (says(label, {"succe", "done", "complete", "finish", "processed", "sent", "deliver", "handled",
                   "executed", "publish", "resolved", "archived"}))
    return JobState::succeeded;
  if (says(label,
           {"retry", "ready", "queue", "pending", "avail", "new", "wait", "created", "schedul",
            "idle", "unclaimed", "unlocked", "todo", "free", "incoming", "stopped", "open"}))
    return JobState::ready;
  if (says(label, {"run", "activ", "lock", "claim", "process", "progress", "work", "execut", "pick",
                   "start", "taken", "reserv", "lease", "acquir", "busy", "held"}))
    return JobState::owned;
  return std::nullopt;
}

Duration part_of(Duration length, int parts) {
  const Duration part = length / parts;
  return part - part % (part >= 1s ? Duration(1s) : part >= 1ms ? Duration(1ms) : Duration(1us));
}

std::string as_plain_name(std::string_view text) {
  std::string name = !text.empty() && is_digit(text.front()) ? "_" : "";
  for (const char c : text) name += is_plain_name(std::string("_") + c) ? c : '_';
  return name;
}

bool is_number(std::string_view type) {
  const bool whole = type.starts_with("int") && type != "interval";
  return whole || type.starts_with("float") || type == "numeric";
}

std::string as_value_of(std::string_view type, std::string_view name) {
  const auto count = [&](std::string_view of) {
    return std::count_if(name.begin(), name.end(),
                         [&](char c) { return is_digit(c) || of.find(c) != of.npos; });
  };
  if (is_number(type) && count("") != static_cast<std::ptrdiff_t>(name.size())) return "1";
  if (type == "uuid" && count("abcdefABCDEF") != 32) return "00000000-0000-0000-0000-000000000001";
  return std::string(name);
}

std::string time_as_number(const std::string& time, Duration unit) {
  if (unit <= 0us) return time;
  const std::string seconds = fmt::format("extract(epoch FROM {})", time);
  return unit == 1s ? seconds + "::bigint" : fmt::format("({} * {})::bigint", seconds, 1s / unit);
}

std::string sql_table(const SchemaView& schema, const std::string& table) {
  const TableDefinition* known = schema.table(table);
  const bool elsewhere = known != nullptr && !known->schema.empty() && known->schema != "public";
  return (elsewhere ? sql_name(known->schema) + "." : "") + sql_name(table);
}

std::optional<std::string> first_text_in(std::string_view sql) {
  for (const SqlPart& part : sql_parts(sql))
    if (part.kind == SqlKind::text) return meaning_of_literal(part.text);
  return std::nullopt;
}

std::string sql_is_one_of(const std::string& column, const std::vector<std::string>& labels) {
  if (labels.size() == 1) return column + " = " + as_literal(labels.front());
  std::string list;
  for (const std::string& label : labels) list += (list.empty() ? "" : ", ") + as_literal(label);
  return column + " IN (" + list + ")";
}

}  // namespace fencepost
