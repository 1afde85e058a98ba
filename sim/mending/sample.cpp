#include "sim/mending/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fencepost {
namespace {

/// What came about more seldom may come about never by chance.
constexpr int kOften = 5;

using Tallies = std::map<std::size_t, Tally>;

std::map<std::string, int> reached_in(const Tallies& tallies) {
  std::map<std::string, int> all;
  for (const auto& [scenario, tally] : tallies)
    for (const auto& [situation, times] : tally.reached) all[situation] += times;
  return all;
}

void merge_into(Tally& all, const Tally& one) {
  all.scenario = one.scenario;
  all.merge(one);
}

/// How many jobs would succeed if each history were like those of its scenario that violate
/// nothing; where there are none, half as many as did, because a failure may be that one does
/// twice.
int expected(const Sample& before, const Sample& after) {
  int all = 0;
  for (const auto& [scenario, tally] : after.tallies) {
    const auto good = before.good.find(scenario), any = before.tallies.find(scenario);
    if (any == before.tallies.end()) continue;
    const bool some = good != before.good.end();
    const Tally& was = some ? good->second : any->second;
    const auto succeeded = was.reached.find("succeeded");
    if (succeeded != was.reached.end())
      all += succeeded->second * tally.histories / (was.histories * (some ? 1 : 2));
  }
  return all;
}

/// "1 row: id=1", "UPDATE 2"; not "0 rows", "UPDATE 0" or "COMMIT".
bool came_to_rows(std::string_view result) {
  if (result.empty()) return false;
  if (result.front() >= '0' && result.front() <= '9') return !result.starts_with("0 ");
  return result.back() >= '0' && result.back() <= '9' && !result.ends_with(" 0");
}

/// How often each statement came to a row in the histories that `of` violates nothing in, or in
/// all.
enum class Of { all, good };
std::map<std::string, int> rows_found(const Sample& sample, const Sample& of, Of which) {
  std::map<std::string, int> found;
  for (const auto& [at, statements] : sample.found_rows) {
    const auto same = of.violated.find(at);
    if (which == Of::good && (same == of.violated.end() || !same->second.empty())) continue;
    for (const auto& [statement, times] : statements) found[statement] += times;
  }
  return found;
}

int judged(const Tally& tally, const std::string& property) {
  const auto found = tally.judged.find(property);
  return found == tally.judged.end() ? 0 : judged_in(found->second);
}

}  // namespace

void Sample::add(HistoryPlace at, const std::string& scenario, const History& history) {
  Tally one;
  one.scenario = scenario;
  one.add(at.second, history);
  std::set<std::string>& names = violated[at];
  for (const auto& [name, find] : one.found) names.insert(name);
  merge_into(tallies[at.first], one);
  if (names.empty()) merge_into(good[at.first], one);
  for (const Event& event : history.events)
    if (event.kind == EventKind::statement && event.sqlstate.empty() && came_to_rows(event.result))
      ++found_rows[at][event.statement];
}

void Sample::merge(const Sample& other) {
  violated.insert(other.violated.begin(), other.violated.end());
  found_rows.insert(other.found_rows.begin(), other.found_rows.end());
  for (const auto& [scenario, tally] : other.tallies) merge_into(tallies[scenario], tally);
  for (const auto& [scenario, tally] : other.good) merge_into(good[scenario], tally);
}

std::set<std::string> Sample::rows() const {
  std::set<std::string> all;
  for (const auto& [at, names] : violated) all.insert(names.begin(), names.end());
  return all;
}

int Sample::cut() const {
  int count = 0;
  for (const auto& [scenario, tally] : tallies) count += tally.cut;
  return count;
}

std::vector<HistoryPlace> telling(const Sample& sample, int often) {
  std::vector<std::pair<HistoryPlace, std::set<std::string>>> failing;
  for (const auto& each : sample.violated)
    if (!each.second.empty()) failing.push_back(each);
  std::stable_sort(failing.begin(), failing.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  std::map<std::string, int> shown;
  std::vector<HistoryPlace> taken;
  for (const auto& [at, names] : failing) {
    const bool tells = std::any_of(names.begin(), names.end(),
                                   [&](const std::string& name) { return shown[name] < often; });
    if (!tells) continue;
    taken.push_back(at);
    for (const std::string& name : names) ++shown[name];
  }
  return taken;
}

std::vector<std::string> lost_by(const Sample& before, const Sample& after) {
  std::vector<std::string> lost;
  auto now = reached_in(after.tallies);
  const int succeeded = expected(before, after);
  if (now["succeeded"] * 4 < succeeded * 3)
    lost.push_back(fmt::format("{} jobs succeed instead of {}", now["succeeded"], succeeded));
  for (const auto& [situation, times] : reached_in(before.good))
    if (times >= kOften && now[situation] == 0)
      lost.push_back(situation + " is not reached any more");
  auto all_now = rows_found(after, before, Of::all), good = rows_found(before, before, Of::good),
       good_now = rows_found(after, before, Of::good);
  for (const auto& [statement, times] : rows_found(before, before, Of::all))
    if (times >= kOften && all_now[statement] == 0)
      lost.push_back(statement + " comes to no row any more");
    else if (const int was = good[statement], is = good_now[statement];
             was >= kOften && is * 4 < was)
      lost.push_back(fmt::format("{} comes to a row {} times instead of {}", statement, is, was));
  for (const auto& [scenario, tally] : before.good)
    for (const auto& [property, outcomes] : tally.judged) {
      const int was = judged_in(outcomes);
      const auto same = after.tallies.find(scenario);
      const int is = same == after.tallies.end() ? 0 : judged(same->second, property);
      if (was - is * 2 >= kOften)
        lost.push_back(fmt::format("{} is judged in {} histories of {} instead of {}", property, is,
                                   tally.scenario, was));
    }
  return lost;
}

}  // namespace fencepost
