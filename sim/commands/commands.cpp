#include "sim/commands/commands.hpp"

namespace fencepost {

// Each is in a file of this room.
Action check_command(Flags&), run_command(Flags&), replay_command(Flags&), shrink_command(Flags&),
    export_command(Flags&), list_command(Flags&), explain_command(Flags&), doctor_command(Flags&),
    report_command(Flags&), merge_command(Flags&), fuzz_command(Flags&), measure_command(Flags&),
    init_command(Flags&), mutate_command(Flags&), mend_command(Flags&), serve_command(Flags&),
    advance_command(Flags&), record_command(Flags&);

const std::vector<CommandRow>& command_rows() {
  static const std::vector<CommandRow> rows = {
      {"init", "A protocol's folder, guessed from your own SQL",
       "init my-queue --schema schema.sql --queries queries.sql", init_command},
      {"check", "The gate: saved failures, and the same seeds every time",
       "check ./my-queue --seeds 20 --time-budget 5m", check_command},
      {"fuzz", "Looks for more with new seeds, and saves it for check", "fuzz ./my-queue --time 5m",
       fuzz_command},
      {"merge", "The shards of a check put together, as if by one machine",
       "merge fencepost-shards --report-dir fencepost-report", merge_command},
      {"run", "One history: its trace, its verdict, and its digest",
       "run ./my-queue stall-past-lease --seed 7", run_command},
      {"replay", "A saved run again: the same history",
       "replay fencepost-failures/NAME.json --step", replay_command},
      {"shrink", "The smallest run that still fails alike", "shrink run.json --out small.json",
       shrink_command},
      {"report", "Saved failures and results as text, pages, files for CI",
       "report fencepost-failures/NAME.json --html --out pages", report_command},
      {"export", "A saved run as a script for isolationtester or psql",
       "export fencepost-failures/NAME.json --sql --out bug.sql", export_command},
      {"doctor", "What this machine can do; what of a protocol is judged", "doctor ./my-queue",
       doctor_command},
      {"list", "What there is: protocols, scenarios, properties, words …", "list scenarios",
       list_command},
      {"explain", "What one of these means", "explain fenced_writes", explain_command},
      {"mutate", "Whether the gate sees it when one thing is broken",
       "mutate ./my-queue --seeds 10", mutate_command},
      {"mend", "What would make it hold: one or two changes, as a diff",
       "mend ./my-queue --histories 2000", mend_command},
      {"serve", "A server for your own tests, whose time stands still",
       "serve --schema schema.sql -- pytest", serve_command},
      {"advance", "Time passes on such a server", "advance '5 minutes'", advance_command},
      {"record", "What your worker really sends, for init",
       "record --schema schema.sql --out recorded -- node worker.js", record_command},
      {"measure", "How soon each strategy finds what [expect] declares",
       "measure kukuri-fenced --trials 5", measure_command},
  };
  return rows;
}

}  // namespace fencepost
