#include "sim/text/error.hpp"

namespace fencepost {

void check_failed(std::string_view condition, std::string_view file, int line,
                  const std::string& operands) {
  throw HarnessError(
      fmt::format("{}:{}: \"{}\" does not hold ({}); this is a bug of fencepost, please report it "
                  "with the command that showed it",
                  file, line, condition, operands));
}

}  // namespace fencepost
