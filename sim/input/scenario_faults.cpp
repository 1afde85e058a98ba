// The part of a scenario file that says which faults may strike: [faults.NAME] tables.
#include <algorithm>
#include <array>

#include "sim/input/scenario.hpp"
#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr Range kTimes{0, 1'000'000};

/// What a fault's table may say beside at, chance and at_most.
enum class Keys {
  none,
  lasts,         ///< lasts
  signed_lasts,  ///< lasts, which may be negative and must be there
  restarts,      ///< restarts, same_identity
  both,          ///< lasts, restarts, same_identity
};

struct Drawn {
  FaultKind kind;
  Keys keys;
};

/// The faults that a scenario may draw at a boundary; the others are load, or follow from these.
constexpr std::array kDrawn = {
    Drawn{FaultKind::crash, Keys::both},
    Drawn{FaultKind::crash_half_open, Keys::both},
    Drawn{FaultKind::stall, Keys::lasts},
    Drawn{FaultKind::connection_lost, Keys::none},
    Drawn{FaultKind::ack_lost, Keys::none},
    Drawn{FaultKind::terminate, Keys::none},
    Drawn{FaultKind::late_statement, Keys::both},
    Drawn{FaultKind::fleet_pause, Keys::lasts},
    Drawn{FaultKind::server_restart, Keys::lasts},
    Drawn{FaultKind::server_crash, Keys::lasts},
    Drawn{FaultKind::commits_lost, Keys::lasts},
    Drawn{FaultKind::read_only, Keys::lasts},
    Drawn{FaultKind::too_many_connections, Keys::lasts},
    Drawn{FaultKind::serialization_failure, Keys::none},
    Drawn{FaultKind::lock_timeout, Keys::none},
    Drawn{FaultKind::clock_step, Keys::signed_lasts},
    Drawn{FaultKind::clock_freeze, Keys::lasts},
    Drawn{FaultKind::graceful_stop, Keys::both},
    Drawn{FaultKind::roll_back, Keys::lasts},
};

bool has_lasts(Keys keys) {
  return keys == Keys::lasts || keys == Keys::signed_lasts || keys == Keys::both;
}
bool has_restarts(Keys keys) { return keys == Keys::restarts || keys == Keys::both; }

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

FaultRule fault_in(const Drawn& drawn, const TomlNode& table) {
  const std::string title = fmt::format("[faults.{}]", to_text(drawn.kind));
  std::vector<std::string> known = {"at", "chance", "at_most"};
  if (has_lasts(drawn.keys)) known.push_back("lasts");
  if (has_restarts(drawn.keys)) known.insert(known.end(), {"same_identity", "restarts"});
  only_keys(table_in(table, title), title, known);
  FaultRule out;
  out.kind = drawn.kind;
  out.chance = chance_in(needed(table, title, "chance", "chance = \"1/5\""), "chance in " + title);
  with(table, "at", [&](const TomlNode& node) { out.at = globs_in(node, "at in " + title); });
  with(table, "at_most", [&](const TomlNode& node) {
    out.at_most = integer_in(node, "at_most in " + title, kTimes);
  });
  const std::string lasts = "lasts in " + title;
  if (drawn.keys == Keys::signed_lasts)
    out.lasts = jumps_in(needed(table, title, "lasts", "lasts = [\"+301s\", \"-1h\"]"), lasts);
  else
    with(table, "lasts", [&](const TomlNode& node) { out.lasts = lengths_in(node, lasts); });
  with(table, "same_identity", [&](const TomlNode& node) {
    out.same_identity = boolean_in(node, "same_identity in " + title);
  });
  with(table, "restarts",
       [&](const TomlNode& node) { out.restarts = boolean_in(node, "restarts in " + title); });
  return out;
}

}  // namespace

std::vector<FaultRule> fault_rules_in(const TomlNode& faults) {
  std::vector<FaultRule> rules;
  std::vector<std::string> known;
  for (const Drawn& drawn : kDrawn) known.emplace_back(to_text(drawn.kind));
  for (const TomlEntry& entry : table_in(faults, "[faults]").entries) {
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
    rules.push_back(fault_in(kDrawn[static_cast<std::size_t>(found - known.begin())], entry.value));
  }
  std::sort(rules.begin(), rules.end(),
            [](const FaultRule& a, const FaultRule& b) { return a.kind < b.kind; });
  return rules;
}

}  // namespace fencepost
