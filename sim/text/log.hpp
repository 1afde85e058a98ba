// What the program says of its own work to whoever runs it: on stderr, and in a file beside a
// report. It is not the trace: nothing of it is part of a history, and none depends on it.
#pragma once

#include <filesystem>
#include <string_view>

namespace fencepost {

/// What is said on stderr. By default and when quiet: warnings only; the difference is progress.
enum class Loudness { quiet, normal, verbose };

/// Begins the log; nothing is logged before. Warnings go to stderr, everything if verbose.
void log_to_stderr(Loudness loudness);
/// From now on everything is also written into this file, made anew, each line with its wall time.
/// Throws InputError when the file can't be written.
void log_to_file(const std::filesystem::path& file);

/// One line of a stage within a piece of work: a stage of shrinking.
void log_debug(std::string_view line);
/// One line of a piece of work that begins or ends: a server, a lane.
void log_info(std::string_view line);
/// One line that the user should see, although the work goes on.
void log_warning(std::string_view line);

}  // namespace fencepost
