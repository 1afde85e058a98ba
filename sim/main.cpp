// The program: understands the command line, calls one command, and turns errors into one sentence
// and a status.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "reports/escaped.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/commands/commands.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace {

using namespace fencepost;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

/// Beside an installed program, else where it was built from.
std::filesystem::path data_folder() {
  if (const auto set = environment("FENCEPOST_DATA")) return *set;
  std::error_code none;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
  const std::filesystem::path installed = self.parent_path().parent_path() / "share" / "fencepost";
  if (std::filesystem::is_directory(installed / "scenarios", none)) return installed;
  return FENCEPOST_SOURCE_DIR;
}

/// As it was called, where that is a path; else the shell finds it by its name.
std::string own_name(const std::string& called) {
  return called.find('/') == std::string::npos ? "fencepost" : called;
}

/// Everything that is named by a relative path is looked for from there.
void demand_working_directory() {
  std::error_code error;
  static_cast<void>(std::filesystem::current_path(error));
  if (error)
    throw EnvironmentError(
        fmt::format("the working directory is not there any more ({}); cd to a folder that is, and "
                    "call fencepost again",
                    error.message()));
}

/// libpq reads them: which server is meant, and what it must be able to do. Ours is never that one.
void forget_other_servers() {
  for (const char* name :
       {"PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGCHANNELBINDING", "PGREQUIREAUTH",
        "PGREQUIRESSL", "PGSSLNEGOTIATION", "PGTARGETSESSIONATTRS"})
    unsetenv(name);
}

int complain(const std::exception& error, int status) {
  fmt::print(stderr, "fencepost: {}\n", visible_lines(error.what()));
  return status;
}

int run(int count, const char* const* values) {
  demand_working_directory();
  forget_other_servers();
  Context context;
  context.program = for_shell(environment("FENCEPOST_PROGRAM").value_or(own_name(values[0])));
  context.terminal = this_terminal();
  context.data = data_folder();
  context.environment = environment;
  if (environment("GITHUB_ACTIONS"))
    context.github = GithubActions{environment("GITHUB_STEP_SUMMARY"),
                                   environment("GITHUB_WORKSPACE").value_or("")};
  const auto width =
      static_cast<std::size_t>(context.terminal.width > 0 ? context.terminal.width : 80);
  const Asked asked =
      read_command_line(count, values, {context.program, width, environment}, command_rows());
  context.terminal = colored(context.terminal, asked.color);
  context.terminal.progress = asked.loudness != Loudness::quiet;
  log_to_stderr(asked.loudness);
  return asked.action(context);
}

}  // namespace

int main(int count, char** values) {
  note_interrupts();
  try {
    const int status = run(count, values);
    return std::fflush(stdout) == 0 ? status : 3;
  } catch (const Printed& printed) {
    fmt::print("{}", printed.text);
    return 0;
  } catch (const InputError& error) {
    return complain(error, 2);
  } catch (const EnvironmentError& error) {
    if (!interrupted()) return complain(error, 3);
    fmt::print(stderr, "fencepost: stopped by {}, so this is not a verdict\n", interrupted_by());
    return kInterrupted;
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(error, 3);
  } catch (const std::exception& error) {
    return complain(error, 5);
  }
}
