#include "sim/export/drawn_uuids.hpp"

#include <fmt/format.h>

#include <vector>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Every uuid in a text, in order.
std::vector<std::string> uuids_in(const std::string& text) {
  constexpr std::size_t length = 36;
  std::vector<std::string> found;
  for (std::size_t at = 0; at + length <= text.size(); ++at) {
    bool fits = true;
    for (std::size_t i = 0; fits && i < length; ++i) {
      const char c = text[at + i];
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      fits = dash ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    if (!fits) continue;
    found.push_back(text.substr(at, length));
    at += length - 1;
  }
  return found;
}

}  // namespace

std::optional<std::string> DrawnUuids::drawn_by(const Event& statement) {
  for (const Bound& bound : statement.bound) {
    for (const std::string& uuid : uuids_in(bound.value.value_or(""))) {
      if (untold_.contains(uuid))
        throw InputError(fmt::format(
            "step {}: statement \"{}\" binds {}, which the server drew at random before the story "
            "began or together with others, and another server can't be told to; let the worker "
            "make it (:let) to export such a history; replay shows it",
            statement.step, statement.statement, uuid));
      known_.insert(uuid);
    }
  }
  std::vector<std::string> fresh;
  for (const std::string& uuid : uuids_in(statement.result))
    if (known_.insert(uuid).second) fresh.push_back(uuid);
  if (fresh.size() == 1) return fresh.front();
  untold_.insert(fresh.begin(), fresh.end());
  return std::nullopt;
}

}  // namespace fencepost
