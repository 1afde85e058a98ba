// What a protocol's declarations excuse. A declaration suppressed something where a property would
// be violated without it: found by judging again without each, so that no judge has to say what it
// used, and none can forget to.
#pragma once

#include <string>
#include <vector>

#include "model/properties/property.hpp"

namespace fencepost {

/// A declaration, and a property that holds because of it.
struct Excuse {
  std::string declaration;  ///< as in protocol.toml: "[lease] within", "[role.admin] operator"
  std::string property;
  auto operator<=>(const Excuse&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("declaration", self.declaration, Written::always);
    visit("property", self.property, Written::always);
  }
};

/// All excuses that there can be under what is declared, whatever happens.
std::vector<Excuse> possible_excuses(const Declared& declared);
/// Those of which a history makes use: without that declaration, some part of the property is
/// violated that is not violated with it. Of several that each suffice, the last is told.
/// `judgements` are those of the history.
std::vector<Excuse> excuses_in(const History& history, const std::vector<Judgement>& judgements);

}  // namespace fencepost
