// What there is to check: the bundled protocols and scenarios, and whatever folder or file a user
// names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"

namespace fencepost {

/// A protocol, and the path by which the user named it; empty for a bundled one.
struct NamedProtocol {
  Protocol protocol;
  std::string folder;
};
struct NamedScenario {
  Scenario scenario;
  std::string file;
  bool aims_elsewhere = false;  ///< at nothing that this protocol has: its faults strike anywhere
};

/// Reads protocols and scenarios when they are asked for. Wrong ones throw InputError.
class Gallery {
 public:
  /// Bundled scenarios are DATA/scenarios/*.toml, bundled protocols DATA/scenarios/protocols/*.
  /// Throws EnvironmentError when they are not there.
  explicit Gallery(std::filesystem::path data);

  /// Names, sorted; "corpus/B33-river" for one in a group.
  std::vector<std::string> protocol_names() const;
  /// The bundled protocols that a name with * stands for; any other name is itself.
  std::vector<std::string> matching(const std::string& wanted) const;
  std::vector<std::string> scenario_names() const;
  /// A folder with a protocol.toml, or a bundled protocol's name. Throws InputError for anything
  /// else, and for whatever is wrong in it.
  NamedProtocol protocol(const std::string& wanted) const;
  /// A scenario file, one of the protocol's own, or a bundled one's name. One that is not bundled
  /// and aims at statements that the protocol does not have is an InputError; a bundled one of
  /// which nothing could strike strikes anywhere.
  NamedScenario scenario(const std::string& wanted, const NamedProtocol& protocol) const;
  /// The bundled ones, for this protocol.
  std::vector<NamedScenario> bundled_scenarios(const NamedProtocol& protocol) const;
  /// The bundled ones and the protocol's own, which come last and may replace a bundled one of the
  /// same name.
  std::vector<NamedScenario> scenarios(const NamedProtocol& protocol) const;

 private:
  std::filesystem::path bundled(const std::string& wanted) const;
  void check_scenarios(const Protocol& protocol) const;

  std::filesystem::path scenarios_;
  std::filesystem::path protocols_;
};

}  // namespace fencepost
