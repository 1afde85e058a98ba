// The words of a protocol's SQL, for whoever asks what it may do: also those in function bodies and
// other texts in it.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// One word as PostgreSQL reads it, with what stands beside it; "" where nothing does.
struct SqlWord {
  std::string_view before, is, next, later;
  bool begins = false;      ///< a statement
  std::string_view within;  ///< the first word of the statement in a text of which it stands; ""
                            ///< where that is none
};

/// In order, those inside of texts included: of texts in texts so deep as anybody writes them.
void for_each_word(std::string_view sql, const std::function<void(const SqlWord&)>& visit);
/// Of the schema and the statements, but not of the version before.
void for_each_word(const Protocol& protocol, const std::function<void(const SqlWord&)>& visit);

/// Whether it is one of these.
template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace fencepost
