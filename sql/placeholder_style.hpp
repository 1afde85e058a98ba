// How a text writes its parameters, so that one more can be written alike.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

/// What stands around a parameter's name or number.
struct PlaceholderStyle {
  enum class Kind {
    named,     ///< :name, @name, sqlc.arg(name), %(name)s, #{name}
    numbered,  ///< $1, :1, ?1
    ordered    ///< ?, %s
  } kind = Kind::named;
  std::string before = ":", after;

  std::string named(std::string_view name) const { return before + std::string(name) + after; }
  std::string numbered(std::size_t number) const {
    return kind == Kind::ordered ? before : before + std::to_string(number);
  }
};

/// That of the first parameter in a text; nullopt where there is none.
std::optional<PlaceholderStyle> placeholder_style(std::string_view sql);

}  // namespace fencepost
