#include "sim/text/error.hpp"

namespace fencepost {

void throw_check_failed(std::string_view condition, std::string_view file, int line,
                        fmt::string_view operands, fmt::format_args values) {
  throw HarnessError(
      fmt::format("{}:{}: \"{}\" does not hold ({}); this is a bug of fencepost, please report it "
                  "with the command that showed it",
                  file, line, condition, fmt::vformat(operands, values)));
}

}  // namespace fencepost
