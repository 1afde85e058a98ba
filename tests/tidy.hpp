// How the project's files must look, as far as a program can tell: which folder may include which,
// how long a file may be, what is not used, what carries a comment. Text in, complaints out.
#pragma once

#include <string>
#include <vector>

namespace fencepost {

/// One file of the project.
struct ProjectFile {
  std::string path;  ///< from the project's folder: "sim/run.cpp"
  std::string text;
};

/// Everything that is wrong with it, one sentence each, "FILE:LINE: found; what to do".
std::vector<std::string> complaints_about(const ProjectFile& file);
/// The sources that the build does not list, as complaints.
std::vector<std::string> not_listed(const std::vector<ProjectFile>& files,
                                    const std::string& build_text);
/// Code without what its comments and literals say; lines and columns stay where they are.
std::string code_only(const std::string& text);

}  // namespace fencepost
