// Regular expressions, behind functions: each file that has std::regex costs seconds to build.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace fencepost {

/// What was found, and then each group of it.
using Groups = std::vector<std::string>;

/// A regular expression as ECMAScript writes them.
class Pattern {
 public:
  /// Throws where it is none.
  explicit Pattern(const std::string& expression);

  /// Every place of the text that is like that, in order.
  std::vector<Groups> all_in(const std::string& text) const;
  /// The whole text; empty where it is not like that.
  Groups whole(const std::string& text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace fencepost
