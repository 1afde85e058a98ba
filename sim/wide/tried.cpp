#include "sim/wide/tried.hpp"

#include <algorithm>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What is equivalent without a history was not tried.
bool was_tried(const MutantFate& fate) {
  return fate.became != Became::not_tried &&
         (fate.became != Became::equivalent || fate.histories > 0);
}

}  // namespace

std::string json_of(const std::vector<TriedMutant>& mutants) {
  return json_lines_of("    ", mutants,
                       [](const TriedMutant& each) { return json_of<TriedMutant>(each); });
}
void read_json(const JsonField& field, std::vector<TriedMutant>& into) {
  const Keys keys = keys_of<TriedMutant>();
  for (const JsonNode& node : field.table.list(field.key))
    TriedMutant::fields(into.emplace_back(), CountReader(node, "a mutant", keys));
}

TriedMutants tried_of(const Killing& killing) {
  TriedMutants tried{killing.violated, {}};
  for (std::size_t i = 0; i < killing.mutants.size(); ++i)
    if (const MutantFate& fate = killing.mutants[i]; was_tried(fate))
      tried.mutants.push_back({static_cast<int>(i), fate.became, fate.property, fate.scenario,
                               fate.seed, fate.histories, fate.took.count(), fate.why});
  return tried;
}

void add_tried(TriedMutants& into, const TriedMutants& more) {
  into.violated.insert(more.violated.begin(), more.violated.end());
  into.mutants.insert(into.mutants.end(), more.mutants.begin(), more.mutants.end());
  std::stable_sort(into.mutants.begin(), into.mutants.end(),
                   [](const TriedMutant& a, const TriedMutant& b) { return a.mutant < b.mutant; });
}

Killing with_tried(Killing untried, const TriedMutants& tried) {
  untried.violated = tried.violated;
  for (const TriedMutant& each : tried.mutants) {
    if (static_cast<std::size_t>(each.mutant) >= untried.mutants.size())
      throw InputError(
          fmt::format("the shards tried mutant {} of a protocol that has {} here; run them again",
                      each.mutant, untried.mutants.size()));
    MutantFate& fate = untried.mutants[static_cast<std::size_t>(each.mutant)];
    fate.became = each.became;
    fate.property = each.property;
    fate.scenario = each.scenario;
    fate.seed = each.seed;
    fate.histories = each.histories;
    fate.took = std::chrono::milliseconds(each.milliseconds);
    fate.why = each.why;
  }
  return untried;
}

}  // namespace fencepost
