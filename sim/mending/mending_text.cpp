#include "sim/mending/mending_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/escaped.hpp"
#include "sim/repairs/operators.hpp"
#include "sim/text/fields_json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::string scenario_of(const Subject& subject, const HistoryPlace& at) {
  return subject.scenarios[at.first].scenario.name;
}

std::string one_mend(const Mending& mending, const Mend& mend, const std::string& title) {
  std::string text = fmt::format("{}: {}\n", title, to_text(mend.repair));
  for (const RepairOperator& each : repair_operators())
    if (std::count(mend.repair.changes.begin(), mend.repair.changes.end(), each.name) > 0)
      text += fmt::format("  {}\n", each.does);
  const std::set<std::string> unclosed = mend.unclosed();
  text += unclosed.empty() ? fmt::format("closes all {} in {} histories\n", mending.violated.size(),
                                         mend.histories)
                           : fmt::format("closes {} of {} in {} histories", mending.closes(mend),
                                         mending.violated.size(), mend.histories);
  if (!mend.hidden.empty())
    text += fmt::format(", hides {}, which who connects again can do as before",
                        fmt::join(mend.hidden, ", "));
  if (!mend.open.empty()) text += fmt::format(", and leaves open: {}", fmt::join(mend.open, ", "));
  if (!unclosed.empty()) text += "\n";
  for (const std::string& lost : mend.lost) text += fmt::format("but {}\n", lost);
  return text + visible_lines(mend.diff) + "\n";
}

std::vector<std::string> seldom_in(const Mending& mending) {
  std::vector<std::string> rows;
  for (const auto& [row, shown] : mending.violated)
    if (shown.seldom()) rows.push_back(row);
  return rows;
}

}  // namespace

std::string no_token_text(const Protocol& protocol) {
  if (!protocol.lease_token.empty() || protocol.declared.lease_kind != LeaseKind::row) return "";
  return fmt::format(
      "{}: no repair compares a token, for [lease] token names none; let each claim write into a "
      "column what no other claim does, such as epoch + 1, return it, and name it there\n",
      protocol.name);
}

std::string mending_text(const Subject& subject, const Mending& mending) {
  const std::string name = subject.name();
  if (mending.violated.empty() && mending.whole && mending.histories > 0)
    return fmt::format("{}: nothing is violated in {} histories, so there is nothing to mend\n",
                       name, mending.histories);
  if (mending.violated.empty())
    return fmt::format("{}: {}, so nothing is known\n", name,
                       mending.histories == 0 && mending.whole
                           ? "it has no scenario to be run under"
                           : fmt::format("nothing is violated in {} histories, and there was no "
                                         "time for all",
                                         mending.histories));
  std::string text = fmt::format("{} violates in {} histories:\n", name, mending.histories);
  for (const auto& [row, shown] : mending.violated)
    text += fmt::format("  {:<32} in {}, first {} {}\n", row, shown.histories,
                        scenario_of(subject, shown.first), shown.first.second);
  text += "\n";
  int number = 0;
  for (const Mend& mend : mending.mends)
    text += one_mend(mending, mend, fmt::format("repair {}", ++number));
  for (const Mend& mend : mending.lesser)
    text += one_mend(mending, mend, "no repair, because less is done");
  if (const std::vector<std::string> seldom = seldom_in(mending); !seldom.empty())
    text += fmt::format(
        "{} {} in fewer than 5 of {} histories, so a repair that closes {} may do so by chance; "
        "--histories "
        "says how many are looked at\n",
        listed(seldom), seldom.size() > 1 ? "each show" : "shows", mending.histories,
        seldom.size() > 1 ? "one" : "it");
  const bool unfenced =
      std::any_of(mending.violated.begin(), mending.violated.end(),
                  [](const auto& row) { return row.first.starts_with("fenced_writes"); });
  if (unfenced && !mending.closed()) text += no_token_text(subject.protocol.protocol);
  text += fmt::format("{}: {} repairs tried{}; ", name, mending.tried,
                      mending.whole ? "" : " before the time was over");
  if (mending.mends.empty()) return text + "none closes anything and leaves the rest as it is\n";
  const Mend& best = mending.mends.front();
  return text + (mending.closed() ? fmt::format("repair 1 closes all {}\n", mending.violated.size())
                                  : fmt::format("repair 1 closes {} of {}\n", mending.closes(best),
                                                mending.violated.size()));
}

std::string mending_json(const Subject& subject, const Mending& mending) {
  std::string lines;
  for (const auto* list : {&mending.mends, &mending.lesser})
    for (const Mend& mend : *list)
      lines += fmt::format(
          R"({{"kind": "repair", "protocol": {}, "changes": {}, "of": {}, "closes": {}, "violated": {}, "open": {}, "hidden": {}, "lost": {}, "histories": {}, "diff": {}}})"
          "\n",
          json_of(subject.name()),
          json_of(std::vector<std::string>(mend.repair.changes.begin(), mend.repair.changes.end())),
          json_of(mend.repair.of), mending.closes(mend), mending.violated.size(),
          json_of(mend.open), json_of(mend.hidden), json_of(mend.lost), mend.histories,
          json_of(mend.diff));
  std::vector<std::string> rows;
  for (const auto& [row, shown] : mending.violated) rows.push_back(row);
  return lines +
         fmt::format(
             R"({{"kind": "mending", "protocol": {}, "violated": {}, "seldom": {}, "histories": {}, "tried": {}, "whole": {}}})"
             "\n",
             json_of(subject.name()), json_of(rows), json_of(seldom_in(mending)), mending.histories,
             mending.tried, mending.whole);
}

}  // namespace fencepost
