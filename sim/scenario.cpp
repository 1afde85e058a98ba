#include "sim/scenario.hpp"

#include <algorithm>
#include <array>

#include "sim/error.hpp"
#include "sim/glob.hpp"
#include "sim/length.hpp"
#include "sim/query_file.hpp"
#include "sim/sql_text.hpp"
#include "sim/toml_values.hpp"
#include "sim/words.hpp"

namespace fencepost {
namespace {

constexpr Range kWorkers{1, 1000};
constexpr Range kJobs{1, 10'000};
constexpr Range kItems{0, 100'000};
constexpr Range kSteps{1, 10'000'000};
constexpr Range kTimes{0, 1'000'000};

const std::vector<std::string> kLoadKeys = {"workers", "previous", "roles", "jobs",
                                            "items",   "poison",   "slow",  "clock_offsets"};

/// The faults that a scenario may draw at a boundary; the others are load, or follow from these.
constexpr std::array kDrawn = {FaultKind::crash,    FaultKind::crash_half_open,
                               FaultKind::stall,    FaultKind::connection_lost,
                               FaultKind::ack_lost, FaultKind::terminate};

bool is_crash(FaultKind kind) {
  return kind == FaultKind::crash || kind == FaultKind::crash_half_open;
}

class ScenarioReader {
 public:
  explicit ScenarioReader(const std::filesystem::path& file)
      : text_(read_text_file(file, "a scenario")), toml_(toml_tree(text_, file.string())) {
    out_.file = file;
    out_.name = file.stem().string();
  }

  Scenario read() {
    only_keys(toml_, "the scenario", {"name", "about", "load", "faults", "reach", "run"});
    with(toml_, "name", [&](const TomlNode& node) { out_.name = text_in(node, "name"); });
    const TomlNode* name = toml_.find("name");
    check_file_name(name == nullptr ? toml_ : *name, "the scenario's name", out_.name);
    out_.about = comment_at_top();
    with(toml_, "about", [&](const TomlNode& node) { out_.about = text_in(node, "about"); });
    with(toml_, "load", [&](const TomlNode& node) { read_load(node); });
    with(toml_, "faults", [&](const TomlNode& node) { read_faults(node); });
    with(toml_, "reach", [&](const TomlNode& node) { read_reach(node); });
    with(toml_, "run", [&](const TomlNode& node) { read_run(node); });
    if (out_.load.poison > out_.load.items)
      toml_.find("load")->fail(
          fmt::format("poison is {}, but there are only {} items; lower it, or raise items",
                      out_.load.poison, out_.load.items));
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

  void read_load(const TomlNode& table) {
    table_in(table, "[load]");
    with(table, "workers", [&](const TomlNode& node) {
      out_.load.workers = integer_in(node, "workers in [load]", kWorkers);
    });
    with(table, "jobs",
         [&](const TomlNode& node) { out_.load.jobs = integer_in(node, "jobs in [load]", kJobs); });
    with(table, "items", [&](const TomlNode& node) {
      out_.load.items = integer_in(node, "items in [load]", kItems);
    });
    with(table, "poison", [&](const TomlNode& node) {
      out_.load.poison = integer_in(node, "poison in [load]", kItems);
    });
    with(table, "previous", [&](const TomlNode& node) {
      out_.load.previous = integer_in(node, "previous in [load]", {0, kWorkers.most});
    });
    with(table, "roles", [&](const TomlNode& node) {
      for (const TomlEntry& entry : table_in(node, "roles in [load]").entries)
        out_.load.roles.emplace(
            entry.key, integer_in(entry.value, entry.key + " in [load.roles]", {0, kWorkers.most}));
    });
    with(table, "slow", [&](const TomlNode& node) { read_slow(node); });
    with(table, "clock_offsets", [&](const TomlNode& node) {
      for (const std::string& text : texts_in(node, "clock_offsets in [load]"))
        out_.load.clock_offsets.push_back(offset(node, text));
    });
    for (const TomlEntry& entry : table.entries) read_constant(entry);
  }

  // Whatever else [load] says takes the place of the protocol's constant of that name.
  void read_constant(const TomlEntry& entry) {
    if (std::find(kLoadKeys.begin(), kLoadKeys.end(), entry.key) != kLoadKeys.end()) return;
    const std::string hint = did_you_mean(entry.key, kLoadKeys);
    if (!hint.empty() || !is_plain_name(entry.key))
      entry.fail(fmt::format(
          "unknown key {} in [load]; known are {}, and the names of the protocol's constants{}",
          in_quotes(entry.key), listed(kLoadKeys), hint));
    out_.load.constants.emplace(entry.key, value_in(entry.value, entry.key + " in [load]"));
  }

  void read_slow(const TomlNode& table) {
    only_keys(table_in(table, "slow in [load]"), "slow in [load]", {"chance", "lasts"});
    out_.load.slow_chance = chance(needed(table, "slow in [load]", "chance", "chance = \"1/5\""),
                                   "chance of slow in [load]");
    out_.load.slow_lasts =
        lengths(needed(table, "slow in [load]", "lasts", "lasts = [\"2 lease\"]"),
                "lasts of slow in [load]");
  }

  static Duration offset(const TomlNode& node, std::string_view text) {
    const bool behind = text.starts_with('-');
    const auto duration = duration_from_text(text.substr(behind ? 1 : 0));
    if (!duration || *duration > std::chrono::hours{24 * 3650})
      node.fail(fmt::format(
          "clock_offsets in [load] holds {}, but must hold durations such as \"2s\" or \"-2s\"",
          in_quotes(text)));
    return behind ? -*duration : *duration;
  }

  static Chance chance(const TomlNode& node, const std::string& what) {
    std::optional<Chance> found;
    if (node.kind == TomlNode::Kind::text) found = chance_from_text(node.text);
    if (node.kind == TomlNode::Kind::integer)
      found = chance_from_text(std::to_string(node.integer));
    if (!found) wrong(node, what, "\"0\", \"1\" or a fraction between them such as \"1/5\"");
    return *found;
  }

  static std::vector<Length> lengths(const TomlNode& node, const std::string& what) {
    std::vector<Length> out;
    for (const std::string& text : texts_in(node, what)) {
      const auto length = length_from_text(text);
      if (!length)
        node.fail(fmt::format(
            "{} holds {}, but must hold lengths such as \"10s\", \"1.1 lease\" or \"2 poll\"", what,
            in_quotes(text)));
      out.push_back(*length);
    }
    if (out.empty())
      node.fail(fmt::format("{} is empty; name at least one length, or leave it out", what));
    return out;
  }

  void read_faults(const TomlNode& table) {
    std::vector<std::string> known;
    for (const FaultKind kind : kDrawn) known.emplace_back(to_text(kind));
    for (const TomlEntry& entry : table_in(table, "[faults]").entries) {
      if (entry.key == to_text(FaultKind::poison))
        entry.fail(
            "poison is load, not a fault that strikes at a boundary; write poison = 1 in [load]");
      if (entry.key == to_text(FaultKind::restart))
        entry.fail(
            "a restart follows a crash; write restarts, same_identity and lasts in [faults.crash]");
      const auto found = std::find(known.begin(), known.end(), entry.key);
      if (found == known.end())
        entry.fail(fmt::format("unknown fault {}; known are {}{}", in_quotes(entry.key),
                               listed(known), did_you_mean(entry.key, known)));
      out_.faults.push_back(
          fault(kDrawn[static_cast<std::size_t>(found - known.begin())], entry.value));
    }
    std::sort(out_.faults.begin(), out_.faults.end(),
              [](const FaultRule& a, const FaultRule& b) { return a.kind < b.kind; });
  }

  FaultRule fault(FaultKind kind, const TomlNode& table) {
    const std::string title = fmt::format("[faults.{}]", to_text(kind));
    std::vector<std::string> known = {"at", "chance", "at_most"};
    if (is_crash(kind) || kind == FaultKind::stall) known.push_back("lasts");
    if (is_crash(kind)) known.insert(known.end(), {"same_identity", "restarts"});
    only_keys(table_in(table, title), title, known);
    FaultRule out;
    out.kind = kind;
    out.chance = chance(needed(table, title, "chance", "chance = \"1/5\""), "chance in " + title);
    with(table, "at", [&](const TomlNode& node) { out.at = globs(node, "at in " + title); });
    with(table, "at_most", [&](const TomlNode& node) {
      out.at_most = integer_in(node, "at_most in " + title, kTimes);
    });
    with(table, "lasts",
         [&](const TomlNode& node) { out.lasts = lengths(node, "lasts in " + title); });
    with(table, "same_identity", [&](const TomlNode& node) {
      out.same_identity = boolean_in(node, "same_identity in " + title);
    });
    with(table, "restarts",
         [&](const TomlNode& node) { out.restarts = boolean_in(node, "restarts in " + title); });
    return out;
  }

  static std::vector<std::string> globs(const TomlNode& node, const std::string& what) {
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
      return entry.key != "load" && entry.key != "faults" && entry.key != "run";
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
