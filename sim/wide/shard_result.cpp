#include "sim/wide/shard_result.hpp"

#include <fmt/format.h>

#include "model/polling.hpp"
#include "sim/cli/tally_json.hpp"
#include "sim/server/cluster.hpp"
#include "sim/text/error.hpp"
#include "sim/text/fields_json.hpp"
#include "sim/text/sealed_json.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kShard = "shard", kTallies = "tallies", kSaved = "saved",
                           kTried = "tried";

const SealedKind& shard_kind() {
  static const SealedKind results = [] {
    SealedKind all{"shard", "the result of a shard", "run that shard again", {}};
    all.keys = keys_of<WorkLabel>().required;
    for (const std::string_view key : {kShard, kTallies, kSaved, kTried})
      all.keys.emplace_back(key);
    return all;
  }();
  return results;
}

/// A saved failure that fails again, with its history: the file, and what was played of it here.
struct PlayedAgain {
  std::string file;
  bool changed = false;
  std::string run;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("file", self.file, Written::always);
    visit("changed", self.changed, Written::always);
    visit("run", self.run, Written::in_lines);
  }
};

std::string tallies_of(const std::vector<Tally>& tallies) {
  return json_lines_of("    ", tallies, [](const Tally& tally) {
    return "{\n          " + tally_writer(tally).text() + "\n      }";
  });
}

std::vector<Tally> read_tallies(const JsonNode& node) {
  const Keys keys = keys_of<Tally>();
  std::vector<Tally> tallies;
  for (const JsonNode& each : node.items)
    tallies.push_back(read_tally(each, CountReader(each, "a tally", keys)));
  return tallies;
}

/// Each scenario of each protocol has its tally, or each protocol its mutants, and each saved
/// failure its protocol.
void demand_fitting(const ShardResult& result, const JsonTable& table) {
  const std::vector<CheckedProtocol>& protocols = result.label.protocols;
  const bool mutants = result.label.command == "mutate";
  if (result.tried.size() != (mutants ? protocols.size() : 0))
    table[kTried].fail("these mutants are not those of the protocols above");
  bool fits = result.tallies.size() == (mutants ? 0 : protocols.size());
  for (std::size_t i = 0; fits && i < result.tallies.size(); ++i) {
    fits = result.tallies[i].size() == protocols[i].scenarios.size();
    for (const Tally& tally : result.tallies[i])
      fits = fits && protocols[i].scenarios.contains(tally.scenario);
  }
  if (!fits) table[kTallies].fail("these tallies are not those of the protocols above");
  for (const SavedOutcome& each : result.saved)
    if (each.subject < 0 || static_cast<std::size_t>(each.subject) >= protocols.size())
      table[kSaved].fail(fmt::format("there is no protocol {} above", each.subject));
}

}  // namespace

// Found by their arguments, where fields are written and read.

static std::string json_of(const std::vector<CheckedProtocol>& protocols) {
  return json_lines_of("  ", protocols,
                       [](const CheckedProtocol& each) { return json_of<CheckedProtocol>(each); });
}
static void read_json(const JsonField& field, std::vector<CheckedProtocol>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.push_back(read_from<CheckedProtocol>(node, "a protocol"));
}

static std::string json_of(const Failure& failure) {
  return json_of<PlayedAgain>({failure.file.string(), failure.changed, to_json(failure.run)});
}
static void read_json(const JsonField& field, Failure& into) {
  const auto again = read_from<PlayedAgain>(field.node(), "a failure");
  into.run = told_run_from_json(again.run, again.file);
  into.steps = story_steps(into.run.told->history, into.run.until_step);
  into.file = again.file;
  into.changed = again.changed;
}

WorkLabel label_of(const Plan& plan, const std::vector<std::string>& only,
                   const std::vector<Subject>& subjects, const ClusterOptions& server, int of) {
  WorkLabel label;
  label.of = of;
  label.first_seed = plan.seeds.first;
  label.last_seed = plan.seeds.last;
  label.as_expected = plan.expecting == Expecting::as_declared;
  label.named = plan.protocols;
  label.only = only;
  return label_here(std::move(label), subjects, server);
}

WorkLabel label_here(WorkLabel label, const std::vector<Subject>& subjects,
                     const ClusterOptions& server) {
  label.build = build_fingerprint();
  label.server = server_version(server);
  label.protocols.clear();
  for (const Subject& subject : subjects) {
    const Protocol& protocol = subject.protocol.protocol;
    CheckedProtocol& each = label.protocols.emplace_back(
        CheckedProtocol{protocol.name, protocol.hash, subject.known, {}});
    for (const NamedScenario& scenario : subject.scenarios)
      each.scenarios[scenario.scenario.name] = scenario.scenario.hash;
  }
  return label;
}

SavedOutcome outcome_of(Regression regression, const Subject& subject, Expecting expecting,
                        const std::string& program) {
  const SavedFailure& saved = regression.saved;
  SavedOutcome outcome;
  outcome.file = saved.file.string();
  outcome.scenario = saved.run.scenario;
  outcome.property = saved.run.property;
  outcome.came = regression.came;
  outcome.surprise = is_surprise(regression, subject, expecting);
  outcome.says = regression_text(regression, subject, expecting, program);
  outcome.subject = static_cast<int>(saved.subject);
  if (outcome.surprise) outcome.failure = std::move(regression.failure);
  return outcome;
}

std::string to_json(const ShardResult& result) {
  FieldWriter label(",\n  ");
  WorkLabel::fields(result.label, label);
  const std::string saved = json_lines_of(
      "  ", result.saved, [](const SavedOutcome& each) { return json_of<SavedOutcome>(each); });
  const std::string tried = json_lines_of(
      "  ", result.tried, [](const TriedMutants& each) { return json_of<TriedMutants>(each); });
  return sealed(shard_kind(),
                {json_entry(kShard, std::to_string(result.number)), label.text(),
                 json_entry(kTallies, json_lines_of("  ", result.tallies, tallies_of)),
                 json_entry(kSaved, saved), json_entry(kTried, tried)});
}

ShardResult shard_result_from_json(const std::string& text, const std::filesystem::path& file) {
  const JsonNode root = unsealed(shard_kind(), text, file.string());
  Keys keys;
  keys.required = shard_kind().all_keys();
  const FieldReader reader(root, std::string(shard_kind().called), keys);
  const JsonTable& table = reader.table();
  ShardResult result;
  WorkLabel::fields(result.label, reader);
  result.number =
      static_cast<int>(JsonTable::whole(table[kShard], table.named(kShard), 1, result.label.of));
  for (const JsonNode& node : table.list(kTallies)) result.tallies.push_back(read_tallies(node));
  for (const JsonNode& node : table.list(kSaved))
    result.saved.push_back(read_from<SavedOutcome>(node, "a saved failure"));
  for (const JsonNode& node : table.list(kTried))
    result.tried.push_back(read_from<TriedMutants>(node, "the mutants of a protocol"));
  demand_fitting(result, table);
  return result;
}

bool is_shard_result(const std::string& text) {
  try {
    return is_sealed(shard_kind(), text, "");
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace fencepost
