// The uuids that a server drew at random in a history.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "model/history.hpp"

namespace fencepost {

/// An exported script's server draws the same ones, where the history shows them.
class DrawnUuids {
 public:
  /// Call for every statement, in order. The uuid that gen_random_uuid() has to draw in it: the
  /// only one that its result shows for the first time. Throws InputError when the statement is
  /// bound to one that was drawn where this could not be told.
  std::optional<std::string> drawn_by(const Event& statement);

 private:
  std::set<std::string> known_, untold_;
};

}  // namespace fencepost
