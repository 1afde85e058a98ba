// The program: understands the command line, calls one command, and turns errors into one sentence
// and a status.
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "sim/cli/commands.hpp"
#include "sim/text/error.hpp"

namespace {

using namespace fencepost;

struct Command {
  std::string_view name;
  int (*run)(const Context& context);
};
constexpr Command kCommands[] = {
    {"check", check_command},   {"run", run_command},         {"replay", replay_command},
    {"shrink", shrink_command}, {"list", list_command},       {"explain", explain_command},
    {"doctor", doctor_command}, {"export", export_command},   {"report", report_command},
    {"fuzz", fuzz_command},     {"measure", measure_command},
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
  context.program = environment("FENCEPOST_PROGRAM").value_or("fencepost");
  context.terminal = this_terminal();
  context.data = data_folder();
  if (environment("GITHUB_ACTIONS"))
    context.github = GithubActions{environment("GITHUB_STEP_SUMMARY"),
                                   environment("GITHUB_WORKSPACE").value_or("")};
  context.options = read_options(count, values, context.program);
  for (const Command& command : kCommands)
    if (command.name == context.options.command) return command.run(context);
  SIM_CHECK(false, "the command {} is in the help, but does nothing", context.options.command);
  return 5;
}

volatile std::sig_atomic_t ctrl_c = 0;

extern "C" void on_interrupt(int) {
  ctrl_c = 1;
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace

bool fencepost::interrupted() { return ctrl_c != 0; }

int main(int count, char** values) {
  std::signal(SIGINT, on_interrupt);
  try {
    const int status = run(count, values);
    return std::fflush(stdout) == 0 ? status : 3;
  } catch (const Printed& printed) {
    fmt::print("{}", printed.text);
    return 0;
  } catch (const InputError& error) {
    return complain(error, 2);
  } catch (const EnvironmentError& error) {
    return complain(error, 3);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(error, 3);
  } catch (const std::exception& error) {
    return complain(error, 5);
  }
}
