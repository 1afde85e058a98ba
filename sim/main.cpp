// The program: understands the command line, calls one command, and turns errors into one sentence
// and a status.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "sim/cli/command_line.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

/// Each is in a file of sim/commands.
namespace fencepost {
Action check_command(Flags&), run_command(Flags&), replay_command(Flags&), shrink_command(Flags&),
    export_command(Flags&), list_command(Flags&), explain_command(Flags&), doctor_command(Flags&),
    init_command(Flags&), report_command(Flags&), fuzz_command(Flags&), measure_command(Flags&);
}  // namespace fencepost

namespace {

using namespace fencepost;

const std::vector<CommandRow> kCommands = {
    {"init", "A protocol's folder, guessed from your schema and your statements", init_command},
    {"check",
     "The gate: a fixed range of seeds over all scenarios; same work, same verdict, every time",
     check_command},
    {"run", "One history: its trace, and its digest in the last line", run_command},
    {"replay", "A saved run again: the same history", replay_command},
    {"shrink", "The smallest run that still fails alike", shrink_command},
    {"export", "A saved run as a script that needs nothing of fencepost, for any PostgreSQL",
     export_command},
    {"list",
     "What there is: protocols, scenarios, properties, situations, faults, "
     "strategies",
     list_command},
    {"explain", "What a property, situation, fault, strategy, scenario or protocol means",
     explain_command},
    {"doctor",
     "What this machine can do, and whether it is deterministic; with a protocol, what it shows of "
     "its jobs",
     doctor_command},
    {"report", "Saved failures and result files as text, pages or files for CI; needs no server",
     report_command},
    {"fuzz", "Looks for more with new seeds; what it finds, check replays first from then on",
     fuzz_command},
    {"measure",
     "How many histories each strategy takes until it finds what [expect] declares, as a table",
     measure_command},
};

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
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

int complain(const std::exception& error, int status) {
  fmt::print(stderr, "fencepost: {}\n", error.what());
  return status;
}

int run(int count, const char* const* values) {
  Context context;
  context.program = for_shell(environment("FENCEPOST_PROGRAM").value_or("fencepost"));
  context.terminal = this_terminal();
  context.data = data_folder();
  if (environment("GITHUB_ACTIONS"))
    context.github = GithubActions{environment("GITHUB_STEP_SUMMARY"),
                                   environment("GITHUB_WORKSPACE").value_or("")};
  const Asked asked = read_command_line(count, values, context.program, kCommands);
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
    fmt::print(stderr, "fencepost: stopped by Ctrl-C, so this is not a verdict\n");
    return kInterrupted;
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(error, 3);
  } catch (const std::exception& error) {
    return complain(error, 5);
  }
}
