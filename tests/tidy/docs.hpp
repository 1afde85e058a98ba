// What README.md, the pages in docs/ and the examples name must be there: pages, files, commands.
// Text in, complaints out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/tidy/tidy.hpp"

namespace fencepost {

/// Pages that no way of links leads to from README.md.
std::vector<std::string> unlinked_pages(const std::vector<ProjectFile>& files);

/// Whether a file or folder of that path, from the project's folder, is there.
using Exists = std::function<bool(const std::string& path)>;
/// What a page links, or names between backticks or in a block of code below one of the project's
/// folders, and that is not there.
std::vector<std::string> missing_paths(const ProjectFile& page, const Exists& exists);

/// Links to a part of a page that has no such heading.
std::vector<std::string> missing_parts(const std::vector<ProjectFile>& pages);

/// One command line of a page.
struct NamedCommand {
  std::size_t line = 0;            ///< of the page
  std::vector<std::string> words;  ///< what stands behind `fencepost`, without quotes
};
/// The command lines of fencepost in a page's blocks of code and between its backticks; of a file
/// that is no page, in all of it. What follows a shell's sign or a comment is no part of one.
std::vector<NamedCommand> commands_in(const ProjectFile& file);

}  // namespace fencepost
