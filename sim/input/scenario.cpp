#include "sim/input/scenario.hpp"

#include <algorithm>

#include "model/hash.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr Range kSteps{1, 10'000'000};

std::vector<std::string> globs_in(const TomlNode& node, const std::string& what) {
  const std::vector<std::string> out = texts_in(node, what);
  for (const std::string& glob : out) {
    if (may_match_a_boundary(glob)) continue;
    node.fail(fmt::format(
        "{} holds {}, which fits no boundary; boundaries are OPERATION.STATEMENT:POINT with the "
        "points before, after and after_commit: write \"advance.*\" or \"*:after_commit\"",
        what, in_quotes(glob)));
  }
  return out;
}

FaultRule rule_in(const Fault& fault, const TomlNode& table) {
  const std::string title = fmt::format("[faults.{}]", fault.name);
  std::vector<std::string> known = {"at", "chance", "behind_an_answer", "at_most"};
  if (has_lasts(fault.keys)) known.insert(known.end(), {"lasts", "exactly"});
  if (has_restarts(fault.keys)) known.insert(known.end(), {"same_identity", "restarts"});
  only_keys(table_in(table, title), title, known);
  FaultRule out;
  out.kind = fault.kind;
  out.chance = chance_in(needed(table, title, "chance", "chance = \"1/5\""), "chance in " + title);
  with(table, "at", [&](const TomlNode& node) {
    out.at = globs_in(node, "at in " + title);
    out.at_line = node.line;
  });
  with(table, "behind_an_answer", [&](const TomlNode& node) {
    out.behind_an_answer = chance_in(node, "behind_an_answer in " + title);
  });
  with(table, "at_most", [&](const TomlNode& node) {
    out.at_most = integer_in(node, "at_most in " + title, kTimes);
  });
  const std::string lasts = "lasts in " + title;
  if (fault.keys == FaultKeys::signed_lasts)
    out.lasts = jumps_in(needed(table, title, "lasts", "lasts = [\"+301s\", \"-1h\"]"), lasts);
  else
    with(table, "lasts", [&](const TomlNode& node) { out.lasts = lengths_in(node, lasts); });
  with(table, "exactly", [&](const TomlNode& node) {
    out.exactly = boolean_in(node, "exactly in " + title);
    if (out.lasts.empty())
      node.fail(fmt::format("{} says exactly, but not how long; write lasts = \"10s\"", title));
  });
  with(table, "same_identity", [&](const TomlNode& node) {
    out.same_identity = boolean_in(node, "same_identity in " + title);
  });
  with(table, "restarts",
       [&](const TomlNode& node) { out.restarts = boolean_in(node, "restarts in " + title); });
  return out;
}

/// The rules of [faults], in the order of FaultKind.
std::vector<FaultRule> fault_rules_in(const TomlNode& table) {
  std::vector<FaultRule> rules;
  std::vector<std::string> known;
  for (const Fault& fault : faults())
    if (fault.keys != FaultKeys::undrawn) known.emplace_back(fault.name);
  for (const TomlEntry& entry : table_in(table, "[faults]").entries) {
    const auto kind = fault_from_text(entry.key);
    if (!kind)
      entry.fail(fmt::format("unknown fault {}; known are {}{}", in_quotes(entry.key),
                             listed(known), did_you_mean(entry.key, known)));
    const Fault& fault = fault_of(*kind);
    if (fault.keys == FaultKeys::undrawn) entry.fail(fault.instead);
    rules.push_back(rule_in(fault, entry.value));
  }
  std::sort(rules.begin(), rules.end(),
            [](const FaultRule& a, const FaultRule& b) { return a.kind < b.kind; });
  return rules;
}

class ScenarioReader {
 public:
  explicit ScenarioReader(const std::filesystem::path& file)
      : text_(read_text_file(file, "a scenario")), toml_(toml_tree(text_, file.string())) {
    out_.file = file;
    out_.name = file.stem().string();
  }

  Scenario read() {
    only_keys(toml_, "the scenario", {"name", "about", "load", "faults", "reach", "judge", "run"});
    with(toml_, "name", [&](const TomlNode& node) { out_.name = text_in(node, "name"); });
    const TomlNode* name = toml_.find("name");
    check_file_name(name == nullptr ? toml_ : *name, "the scenario's name", out_.name);
    out_.about = comment_at_top();
    with(toml_, "about", [&](const TomlNode& node) { out_.about = text_in(node, "about"); });
    with(toml_, "load", [&](const TomlNode& node) { out_.load = load_in(node); });
    with(toml_, "faults", [&](const TomlNode& node) { out_.faults = fault_rules_in(node); });
    with(toml_, "reach", [&](const TomlNode& node) { read_reach(node); });
    with(toml_, "judge", [&](const TomlNode& node) { read_judge(node); });
    with(toml_, "run", [&](const TomlNode& node) { read_run(node); });
    seal();
    return std::move(out_);
  }

 private:
  std::string comment_at_top() const {
    std::string about;
    for (std::size_t at = 0; at < text_.size() && text_[at] == '#';) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      std::string_view line = std::string_view(text_).substr(at + 1, end - at - 1);
      while (line.starts_with(' ') || line.starts_with('#')) line.remove_prefix(1);
      while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
      about += (about.empty() || line.empty() ? "" : " ") + std::string(line);
      at = end + 1;
    }
    return about;
  }

  void read_judge(const TomlNode& table) {
    only_keys(table_in(table, "[judge]"), "[judge]", {"anyway"});
    out_.judge_line = table.line;
    with(table, "anyway", [&](const TomlNode& node) {
      for (std::string& name : texts_in(node, "anyway in [judge]"))
        out_.anyway.insert(std::move(name));
    });
  }

  void read_reach(const TomlNode& table) {
    for (const TomlEntry& entry : table_in(table, "[reach]").entries) {
      out_.reach.emplace(entry.key,
                         integer_in(entry.value, entry.key + " in [reach]", {1, kTimes.most}));
      out_.reach_line = table.line;
    }
  }

  void read_run(const TomlNode& table) {
    only_keys(table_in(table, "[run]"), "[run]", {"hurt_steps", "steps"});
    with(table, "steps",
         [&](const TomlNode& node) { out_.steps = integer_in(node, "steps in [run]", kSteps); });
    with(table, "hurt_steps", [&](const TomlNode& node) {
      out_.hurt_steps = integer_in(node, "hurt_steps in [run]", {0, kSteps.most});
      if (out_.hurt_steps > out_.steps)
        node.fail(fmt::format(
            "hurt_steps is {}, but the run is cut after {} steps; lower it, or raise steps",
            out_.hurt_steps, out_.steps));
    });
  }

  void seal() {
    TomlNode effective = toml_;
    std::erase_if(effective.entries, [](const TomlEntry& entry) {
      return entry.key != "load" && entry.key != "faults" && entry.key != "judge" &&
             entry.key != "run";
    });
    out_.hash = fingerprint(canonical(effective));
  }

  std::string text_;
  TomlNode toml_;
  Scenario out_;
};

}  // namespace

Scenario read_scenario(const std::filesystem::path& file) { return ScenarioReader(file).read(); }

}  // namespace fencepost
