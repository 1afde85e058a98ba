// Whole files, read and written, and how they are called.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace fencepost {

/// Every byte of the file; nullopt when it can't be read, and errno says why.
std::optional<std::string> bytes_of(const std::filesystem::path& file);
/// The whole file. Throws InputError if it is missing, not a file, not readable, or no UTF-8 text;
/// `what` names its part ("a query file").
std::string read_text_file(const std::filesystem::path& file, std::string_view what);

/// The files of that folder that end so (".json"), in the order of their names; none where there is
/// no such folder. Throws InputError if it can't be read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::string_view ending);
/// Throws InputError that a folder can't be read, where there is an error.
void demand_readable(const std::filesystem::path& folder, const std::error_code& error);

/// Why a file can't be written there, as the system says it; empty: it can. Makes nothing.
std::string why_not_writable(const std::filesystem::path& file);

/// Writes a file. Throws InputError when it can't be written; `what` names it ("the page").
void write_text_file(const std::filesystem::path& file, const std::string& text,
                     std::string_view what);

/// Writes a file elsewhere first, and with its folder: whoever looks, whatever is killed, and
/// though several write it at once, there is a whole one or none. False when it can't be written,
/// and errno says why.
bool try_write_whole(const std::filesystem::path& file, const std::string& text);
/// The same. Throws InputError when the file can't be written; `what` names it.
void write_whole_file(const std::filesystem::path& file, const std::string& text,
                      std::string_view what);

/// A path that lies in the working directory or below, as it is called from there; nullopt for any
/// other.
std::optional<std::string> below_here(const std::filesystem::path& path);
/// A folder or file as a command names it from the working directory: ./queue, ../queue.
std::string from_here(const std::filesystem::path& path);

}  // namespace fencepost
