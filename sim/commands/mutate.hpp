// What `mutate` and `merge` say alike of mutants, so that many machines end in the words of one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/killing/killing.hpp"

namespace fencepost {

/// Protocols, and the mutants of each.
struct MutantWork {
  std::vector<Subject> subjects;
  std::vector<std::vector<Mutant>> mutants;
};
/// Of these changes: of a statement, function or operation, or by an operator; empty: all. A
/// protocol in which nothing is to be changed is told on stderr and left out. Throws InputError
/// where no other is left.
MutantWork mutant_work(const std::vector<Subject>& subjects,
                       const std::vector<std::string>& changes);

/// Tells what became of the mutants of one protocol after the other, and then the exit status.
class MutantsTold {
 public:
  enum class As { text, json };
  explicit MutantsTold(As as) : as_(as) {}

  void tell(const std::string& protocol, Killing killing);
  /// Writes the file, where there is one.
  int end(const std::optional<std::filesystem::path>& junit) const;

 private:
  As as_;
  std::vector<std::pair<std::string, Killing>> all_;
};

}  // namespace fencepost
