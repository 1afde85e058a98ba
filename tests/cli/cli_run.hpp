// Runs the program as a user does, in a folder of its own, and sees that it leaves nothing behind.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fencepost {

struct Ran {
  int status = 0;  ///< 128 and more: ended by a signal
  std::string out;
  std::string err;  ///< without lines of progress
};

/// A temporary folder, gone at the end of the scope.
class CliFolder {
 public:
  CliFolder();
  ~CliFolder();
  CliFolder(const CliFolder&) = delete;
  CliFolder& operator=(const CliFolder&) = delete;

  /// `fencepost ARGUMENTS`, as a shell reads them, in this folder; `environment` is such as "A=1".
  Ran run(const std::string& arguments, const std::string& environment = "") const;
  /// The same, but in its second second it gets that signal.
  Ran stopped(const std::string& signal, const std::string& arguments) const;
  /// The same on a terminal of its own, where somebody types this; `out` is what the terminal
  /// shows.
  Ran on_terminal(const std::string& arguments, const std::string& typed) const;
  /// The same, but somebody presses Ctrl-C once that is shown, and nothing after it.
  Ran interrupted_at(const std::string& shown, const std::string& arguments) const;
  /// A copy of a bundled protocol.
  void copy_protocol(const std::string& bundled, const std::string& as) const;
  void write(const std::string& file, const std::string& text) const;
  /// Replaces the first occurrence, which must be there.
  void edit(const std::string& file, const std::string& found, const std::string& instead) const;
  std::string read(const std::string& file) const;
  const std::filesystem::path& path() const { return folder_; }
  bool has(const std::string& file) const;

 private:
  Ran on_terminal_of(const std::string& typist, const std::string& arguments) const;
  Ran run_by(const std::string& environment, const std::string& how,
             const std::string& arguments) const;
  std::filesystem::path folder_;
};

/// The folders of private servers that are there now, of programs that were started here.
std::vector<std::string> server_folders();
/// Those of them that were not there before.
std::vector<std::string> server_folders_since(const std::vector<std::string>& before);
/// Whether it comes true within ten seconds: for what a killed program's watcher does.
bool gone_in_time(const std::function<bool()>& gone);
bool contains(const std::string& text, const std::string& part);
/// Without its line break.
std::string last_line(const std::string& text);

}  // namespace fencepost
