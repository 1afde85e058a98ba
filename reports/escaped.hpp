// Text of users (names, values, SQL) made harmless for the place where it is shown, whatever bytes
// it holds. What can't be shown as itself is shown by its number: \x1b, \u{202e}, \xff.
#pragma once

#include <string>
#include <string_view>

namespace fencepost {

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

}  // namespace fencepost
