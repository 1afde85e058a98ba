#include "sim/database/refusal.hpp"

#include <algorithm>

namespace fencepost {

int line_at(const std::string& text, int position, int first_line) {
  const auto end = std::min(text.size(), static_cast<std::size_t>(std::max(position - 1, 0)));
  return first_line +
         static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(end), '\n'));
}

InputError refused(const Statement& statement, const RawError& error) {
  const int line = line_at(statement.sql, error.position, statement.where.line);
  return InputError(fmt::format(
      "{}:{}: PostgreSQL does not accept statement \"{}\": {} (SQLSTATE {}); mend the statement, "
      "or the schema it needs",
      statement.where.file.string(), line, statement.name, error.message, error.sqlstate));
}

}  // namespace fencepost
