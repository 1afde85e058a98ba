// How a statement asks for one more value: a parameter in its own style, and what its steps have to
// say of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/repairs/repair_facts.hpp"
#include "sql/placeholder_style.hpp"

namespace fencepost {

/// The parameters of what is put in at one place of a statement, or of a new statement.
class NewParameters {
 public:
  /// At that byte of what PostgreSQL is given.
  NewParameters(const RepairFacts& facts, const ReadStatement& into, std::size_t at);
  /// Of a new statement in the style of another.
  static NewParameters as_in(const RepairFacts& facts, const ReadStatement& like);

  /// What stands for the value that the worker knows by this name, where it is compared with that
  /// column (empty: where the text does not say so); nullopt where the statement can't write it.
  std::optional<std::string> parameter(const std::string& name, std::string_view column);
  /// An expression of another statement as it may stand here: each of its parameters is a
  /// constant, has a value by [names], is the worker, or is one of this statement's own.
  std::optional<std::string> expression(const ReadStatement& from, Clause span);

  /// Whether some are numbered, so that another repair of the statement would take the same.
  bool numbers() const { return next_ != first_; }
  /// Whether only their order tells them apart, so that they have to stand at one place.
  bool in_order() const { return numbers() && style_.kind == PlaceholderStyle::Kind::ordered; }
  /// What a step that runs the statement says of them: "\"$2\" = \"epoch\"".
  const std::vector<std::string>& with() const { return with_; }
  /// What changes in protocol.toml for it.
  std::vector<FileEdit> edits() const;

 private:
  NewParameters(const RepairFacts& facts, const ReadStatement& like, const ReadStatement* into);
  std::optional<std::string> own(std::string_view name) const;
  std::string meaning(const ReadStatement& of, std::string_view parameter) const;
  void renumber(const TomlNode& with, std::vector<FileEdit>& into) const;

  const RepairFacts& facts_;
  const ReadStatement* into_;  ///< nullptr: a new statement
  PlaceholderStyle style_;
  std::size_t first_ = 1, next_ = 1;  ///< of the numbers
  std::vector<std::pair<std::size_t, std::string>> numbered_;
  std::vector<std::string> with_;
};

}  // namespace fencepost
