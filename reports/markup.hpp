// Text that comes from users, made harmless: for HTML, SVG and the script's data alike.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fencepost {

/// For element content and for attributes in double quotes, in HTML and in XML. What isn't UTF-8
/// becomes U+FFFD; control characters and those that turn the direction of text become visible
/// symbols; line ends and tabs stay.
std::string escaped(std::string_view text);

/// A JSON string with its quotes, which can stand inside a script element: no <, > or & is left as
/// it is. Bytes and invisible characters are treated as in escaped().
std::string json_string(std::string_view text);

/// For a terminal, on one line: line ends, tabs and escapes become visible symbols as well.
std::string printable(std::string_view text);

/// How many characters a text has, each as wide as one column.
std::size_t characters_in(std::string_view text);

/// The first `most` characters, with … in place of the rest. Never cuts a character in two.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace fencepost
