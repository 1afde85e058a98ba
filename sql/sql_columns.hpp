// Which column a placeholder without a name belongs to, as sqlc names it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sql/sql_text.hpp"

namespace fencepost {

/// The columns of all placeholders of a text; looks at each part of it once.
class SqlColumns {
 public:
  /// Borrows the parts.
  explicit SqlColumns(const SqlParts& parts);

  /// The column that part number `i` is compared with, assigned to, or inserted into; "limit" and
  /// "offset" behind those words; empty where the text does not say.
  std::string of(std::size_t i) const;

 private:
  /// A part that counts.
  struct Counted {
    const SqlPart* part = nullptr;
    std::size_t open = 0;   ///< the number of the parenthesis around it; of itself where none is
    std::size_t place = 0;  ///< how many commas stand between the two, in no other parenthesis
    std::size_t first = 0;  ///< of an opening one: that of the first row in a list of rows
  };

  void add(const SqlPart& part, std::vector<std::size_t>& opened, std::vector<std::size_t>& commas);
  std::string_view text(std::size_t i) const;
  bool is_word(std::size_t i) const;
  std::string key(std::size_t i) const;
  std::string name(std::size_t i) const;
  std::size_t last_of_path(std::size_t i) const;
  std::string compared(std::size_t i) const;
  std::string inserted(std::size_t i) const;

  std::vector<Counted> counted_;
  std::vector<std::size_t> numbers_;  ///< of parts among those that count
};

}  // namespace fencepost
