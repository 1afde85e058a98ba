#include "sim/input/scenario.hpp"

#include <algorithm>

#include "model/hash.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {
namespace {

constexpr Range kSteps{1, 10'000'000};

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
