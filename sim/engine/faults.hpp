// What hurts: which faults of the scenario may strike at a boundary, how long each lasts, and what
// it does to one worker, to the server, or to everybody at once.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/engine/fleet.hpp"
#include "sim/session/calls.hpp"

namespace fencepost {

/// Whether it lasts for a drawn time.
bool is_lasting(const FaultRule& rule);

/// The faults of one history.
class Faults {
 public:
  /// Borrows all of them.
  Faults(const World& world, Journal& journal, Sessions& sessions, Fleet& fleet);

  /// Gives every fault of the scenario its say, on the fiber of whose boundary it is.
  void strike_at(const Boundary& boundary);
  /// Heal has begun: from here on none strikes.
  void rest();

 private:
  /// A fault that strikes now.
  struct Blow {
    const FaultRule& rule;
    const Boundary& boundary;
    std::string where;
    Duration lasts{};
  };

  // faults.cpp: one worker's misfortune.
  bool strikes(const FaultRule& rule, const Boundary& boundary, std::string_view where);
  Duration choose_length(const FaultRule& rule, Process& process, const std::string& where);
  void strike(const Blow& blow);
  void plan_restart(const FaultRule& rule, const Process& process, Duration after);
  void send_later(const Blow& blow);

  // server_faults.cpp: everybody's.
  void strike_everybody(const Blow& blow);
  void stop_server(const Blow& blow, const std::string& sqlstate, const std::string& why);
  void roll_back(Duration lasts);

  const World& world_;
  Journal& journal_;
  Sessions& sessions_;
  Fleet& fleet_;
  std::map<FaultKind, int> struck_;
  Alternatives may_strike_{{0, 1}};
  bool resting_ = false;
};

}  // namespace fencepost
