#include "sim/export/script_transactions.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/export/sql_splice.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

void collect(const std::vector<Step>& steps, std::set<std::string>& levels) {
  for (const Step& step : steps) {
    if (const auto* tx = std::get_if<TxStep>(&step.what)) levels.insert(tx->isolation);
    if (const auto* loop = std::get_if<LoopStep>(&step.what)) collect(loop->steps, levels);
    if (const auto* each = std::get_if<EachStep>(&step.what)) collect(each->steps, levels);
    if (const auto* first = std::get_if<FirstStep>(&step.what)) collect(first->steps, levels);
  }
}

}  // namespace

std::string begin_of(const Protocol& protocol, const std::string& operation) {
  std::set<std::string> levels;
  for (const Role& role : protocol.roles) {
    const auto found = role.operations.find(operation);
    if (found != role.operations.end()) collect(found->second, levels);
    if (operation == "program") collect(role.program, levels);
    if (operation == "heartbeat" && role.heartbeat) collect(role.heartbeat->steps, levels);
  }
  if (levels.size() > 1)
    throw InputError(
        fmt::format("operation \"{}\" begins transactions of isolation levels {}, and the history "
                    "does not say which one began when; give each an operation of its own",
                    operation, fmt::join(levels, " and ")));
  return levels.empty() || levels.begin()->empty() ? "BEGIN"
                                                   : "BEGIN ISOLATION LEVEL " + *levels.begin();
}

bool begins_transaction(const std::string& sql) {
  const std::string words = leading_words(sql);
  return words == "BEGIN" || words.starts_with("BEGIN ") || words == "START TRANSACTION";
}

bool ends_transaction(const std::string& sql) {
  const std::string words = leading_words(sql);
  if (words == "ROLLBACK TO") return false;
  for (const std::string_view end : {"COMMIT", "ROLLBACK", "END", "ABORT"})
    if (words == end || words.starts_with(std::string(end) + " ")) return true;
  return false;
}

}  // namespace fencepost
