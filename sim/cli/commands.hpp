// The commands of the command line. Each prints results on stdout and returns the exit status.
#pragma once

#include "sim/cli/options.hpp"

namespace fencepost {

/// Exit statuses beside those that errors have (2 wrong input, 3 environment, 5 a bug of ours).
enum ExitStatus : int { kHolds = 0, kViolated = 1, kVacuous = 4, kInterrupted = 130 };

/// One for each word of the command line; what is wrong with its input is thrown as an InputError.
int check_command(const Context& context);
int run_command(const Context& context);
int replay_command(const Context& context);
int shrink_command(const Context& context);
int export_command(const Context& context);
int list_command(const Context& context);
int explain_command(const Context& context);
int doctor_command(const Context& context);
int report_command(const Context& context);
int fuzz_command(const Context& context);
int measure_command(const Context& context);

/// Whether the user pressed Ctrl-C; a second one ends the program at once.
bool interrupted();

}  // namespace fencepost
