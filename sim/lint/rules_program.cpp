// What protocol.toml says of a worker, where that can't go well.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/lint/lint_rules.hpp"

namespace fencepost {
namespace {

/// A place in protocol.toml; 0 is its first line.
Span in_toml(const LintFacts& facts, int line) {
  return {facts.protocol().folder / "protocol.toml", std::max(line, 1), 0, 0};
}

/// The line of a role's first step, which is what is known of where it stands.
int line_of(const std::vector<Step>& steps) { return steps.empty() ? 1 : steps.front().line; }

}  // namespace

std::vector<Trap> slow_heartbeats(const LintFacts& facts) {
  std::vector<Trap> traps;
  const Duration lease = facts.protocol().declared.lease;
  for (const Role& role : facts.protocol().roles)
    if (role.heartbeat && lease > Duration{} && role.heartbeat->every >= lease)
      traps.push_back(
          {nullptr,
           {},
           in_toml(facts, line_of(role.heartbeat->steps)),
           fmt::format("the heartbeat of role {} comes every {}, and the lease lasts {}: "
                       "healthy workers lose their jobs",
                       role.name, to_text(role.heartbeat->every), to_text(lease)),
           fmt::format("every = \"{}\"", to_text(lease / 3))});
  return traps;
}

std::vector<Trap> heartbeats_that_stop(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const Role& role : facts.protocol().roles)
    if (role.heartbeat && role.heartbeat->stops_at_shutdown &&
        role.on_shutdown.then == Handler::Then::go_on)
      traps.push_back({nullptr,
                       {},
                       in_toml(facts, line_of(role.heartbeat->steps)),
                       fmt::format("a graceful stop ends the heartbeat of role {} at once, but the "
                                   "work goes on: its lease ends under it",
                                   role.name),
                       "at_shutdown = \"go_on\""});
  return traps;
}

std::vector<Trap> endless_sessions(const LintFacts& facts) {
  std::vector<Trap> traps;
  const Protocol& protocol = facts.protocol();
  if (protocol.declared.lease_kind != LeaseKind::session || protocol.declared.lease == Duration{})
    return traps;
  static constexpr std::array<std::string_view, 5> bounds = {
      "idle_session_timeout", "tcp_user_timeout", "tcp_keepalives_idle",
      "client_connection_check_interval", "idle_in_transaction_session_timeout"};
  for (const Role& role : protocol.roles) {
    const auto said = [&](std::string_view name) {
      return role.settings.contains(std::string(name)) ||
             protocol.server.contains(std::string(name));
    };
    if (!role.claims() || std::any_of(bounds.begin(), bounds.end(), said)) continue;
    traps.push_back(
        {nullptr,
         {},
         in_toml(facts, line_of(role.program)),
         fmt::format("when a host vanishes, the server keeps its session and lock until "
                     "TCP gives up, long after {}",
                     to_text(protocol.declared.lease)),
         "settings = { idle_session_timeout = \"20s\" }"});
  }
  return traps;
}

}  // namespace fencepost
