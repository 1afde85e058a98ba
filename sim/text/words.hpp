// Names, and the small words of messages: names in quotes, lists of what is known, "did you mean",
// and words of a command to paste.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// "abc" in quotes: one line, printable, cut short when it is long.
std::string in_quotes(std::string_view text);
/// ASCII letters, digits and _, not beginning with a digit: what a statement, an operation or a
/// session may be called.
bool is_plain_name(std::string_view text);
/// What may be part of a file's name anywhere: a plain name's letters, - and . within.
bool is_file_name(std::string_view text);
/// "a, b and c"; "nothing" for an empty list.
std::string listed(const std::vector<std::string>& names);
/// `; did you mean "chunk"?` when one of the known names is close to what was found; else empty.
std::string did_you_mean(std::string_view found, const std::vector<std::string>& known);
/// A message of several lines as a part of a sentence: what can't be printed is a space, and no
/// full stop ends it.
std::string one_line(std::string message);
/// Whether it shows nothing: only blanks, also those of other scripts, and characters without
/// width.
bool is_blank(std::string_view text);
/// As one word of a shell command.
std::string for_shell(const std::string& word);

}  // namespace fencepost
