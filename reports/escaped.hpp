// Text of users (names, values, SQL) made harmless for the place where it is shown, whatever bytes
// it holds. Where a reader may want to have it back, what can't be shown as itself is shown by its
// number: \x1b, \u{202e}, \xff. Where lengths matter (pages, pictures, columns), by a sign that is
// as wide as one character: ␛, and U+FFFD for what has no sign and for bytes that are not UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fencepost {

// By numbers.

/// One line for a terminal: no control character, nothing that turns the reading direction, and
/// only UTF-8. A line end is shown as \n.
std::string visible(std::string_view text);
/// The same, with line ends and tabs left as they are.
std::string visible_lines(std::string_view text);

/// For XML and HTML, between tags; line ends stay.
std::string xml_text(std::string_view text);
/// For a quoted attribute of XML and HTML; a line end is shown as \n.
std::string xml_attribute(std::string_view text);
/// A JSON text with its quotes, on one line and always UTF-8. Bytes that are not can't be had back.
std::string json_quoted(std::string_view text);
/// Markdown that means this text and nothing more, on one line; also in a cell of a table. Not for
/// the beginning of a line.
std::string markdown_text(std::string_view text);
/// A fenced block that no text can end early.
std::string markdown_block(std::string_view text);
/// The message of a workflow command of GitHub Actions.
std::string github_message(std::string_view text);
/// The value of one of its properties, such as title.
std::string github_property(std::string_view text);

// By signs.

/// For element content and for attributes in double quotes, in HTML and in XML; line ends and tabs
/// stay.
std::string escaped(std::string_view text);
/// A JSON string with its quotes, which can stand inside a script element: no <, > or & is left as
/// it is.
std::string json_string(std::string_view text);
/// For a terminal, on one line: line ends, tabs and escapes become visible symbols as well.
std::string printable(std::string_view text);
/// How many characters a text has, each as wide as one column.
std::size_t characters_in(std::string_view text);
/// The first `most` characters, with … in place of the rest. Never cuts a character in two.
std::string shortened(std::string_view text, std::size_t most);
/// "1 step", "2 steps"; `many` where that is not written with an s: "3 histories".
std::string counted(std::int64_t number, std::string_view one, std::string_view many = "");
/// Words in lines of at most `width` characters (0: one line), the second and all others behind
/// `indent` blanks; `used` of the first line are taken already. A word that is longer stays whole.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent, std::size_t used);

// As it is.

/// SQL inside of SQL: $fencepost$…$fencepost$, or with a longer tag where the text holds that one.
/// No byte of the text is changed.
std::string dollar_quoted(const std::string& text);

}  // namespace fencepost
