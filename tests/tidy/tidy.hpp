// How the project's files must look, as far as a program can tell: how long a
// file may be, what is not used, what carries a comment. Text in, complaints out.
#pragma once

#include <string>
#include <vector>

namespace fencepost {

/// One file of the project.
struct ProjectFile {
  std::string path;  ///< from the project's folder: "sim/engine/run.cpp"
  std::string text;
};

/// All files of the project that have rules.
std::vector<ProjectFile> project_files();

/// Everything that is wrong with it, one sentence each, "FILE:LINE: found; what to do".
std::vector<std::string> complaints_about(const ProjectFile& file);
/// Whether it is C++ or C.
bool is_code(const std::string& path);
/// The lines of a text, without their ends.
std::vector<std::string> all_lines(const std::string& text);
/// One complaint a line.
std::string joined(const std::vector<std::string>& complaints);
/// Code without what its comments and literals say; lines and columns stay where they are.
std::string code_only(const std::string& text);

}  // namespace fencepost
