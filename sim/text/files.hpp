// Whole files, read and written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fencepost {

/// The whole file. Throws InputError if it is missing, not a file, not readable, or holds a NUL
/// byte; `what` names its part ("a query file").
std::string read_text_file(const std::filesystem::path& file, std::string_view what);

/// Writes a file. Throws InputError when the file can't be written; `what` names it ("the page").
void write_text_file(const std::filesystem::path& file, const std::string& text,
                     std::string_view what);

}  // namespace fencepost
