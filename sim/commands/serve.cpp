// Programs of the user's beside a private server: `serve` and `advance` for his tests, `record` for
// his worker.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "reports/escaped.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/options.hpp"
#include "sim/serving/advancing.hpp"
#include "sim/serving/served.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#ifdef REAL_WORKERS
#include "sim/recording/record.hpp"
#endif

namespace fencepost {
namespace {

int serve_for(const Context& context, ServeOptions options) {
  options.stopped = interrupted;
  const bool has_command = !options.command.empty();
  return serve(options, [&](const Address& address) {
    if (!has_command) {
      fmt::print("{}\n", address.dsn);
      if (std::fflush(stdout) != 0)
        throw EnvironmentError("the DSN can't be written to stdout; give it a place to go");
    }
    if (!context.terminal.progress) return;
    fmt::print(stderr,
               "fencepost: PostgreSQL {}, whose clock stands still at {}; SELECT "
               "fencepost.advance('5 minutes') lets time pass{}\n",
               address.version, address.at, has_command ? "" : "; Ctrl-C ends it");
  });
}

struct RecordFlags {
  std::vector<std::string> schema, enqueue, command;
  std::optional<std::filesystem::path> out;
  int seconds = 3600;
  ClusterOptions server;
};

#ifdef REAL_WORKERS
/// Folders that are there already stay as they are.
void demand_new(const std::filesystem::path& folder) {
  std::error_code none;
  if (std::filesystem::exists(std::filesystem::symlink_status(folder, none)))
    throw InputError(
        fmt::format("{} is there already, and record overwrites nothing; name a "
                    "folder that is not there yet",
                    folder.string()));
}

int record_worker(const Context& context, const RecordFlags& flags) {
  if (flags.command.empty())
    throw InputError(
        fmt::format("no worker is named; write its command behind --, such as: {} "
                    "record --schema schema.sql -- node worker.js",
                    context.program));
  if (flags.out) demand_new(*flags.out);
  RecordOptions options{flags.server, flags.schema, flags.enqueue, flags.command,
                        std::chrono::seconds{flags.seconds}};
  options.server.limits.stopped = interrupted;
  const Recording recording = record(options);
  fmt::print("{}", visible_lines(recording_text(recording)));
  if (!flags.out) return kHolds;
  std::filesystem::create_directories(*flags.out);
  const std::filesystem::path statements = *flags.out / "statements.sql";
  write_text_file(statements, recorded_statements(recording), "the worker's statements");
  std::string history;
  for (const std::string& line : recording.lines) history += line + "\n";
  write_text_file(*flags.out / "history.txt", history, "what the worker sent");
  std::string next =
      fmt::format("{} init {}", context.program, for_shell((*flags.out / "protocol").string()));
  for (const std::string& each : flags.schema) next += " --schema " + for_shell(each);
  if (const std::string schema = recorded_schema(recording); !schema.empty()) {
    write_text_file(*flags.out / "schema.sql", schema, "the worker's schema");
    next += " --schema " + for_shell((*flags.out / "schema.sql").string());
  }
  fmt::print("next      {} --queries {}\n", next, for_shell(statements.string()));
  return kHolds;
}
#else
int record_worker(const Context&, const RecordFlags&) {
  throw EnvironmentError("a real worker is run in simulated time on x86-64 only");
}
#endif

}  // namespace

Action record_command(Flags& flags) {
  const auto into = std::make_shared<RecordFlags>();
  flags.add("COMMAND", &into->command, "Your worker, which is not changed").rest();
  flags.add("--schema", &into->schema, "Your schema: files, folders, globs, in order")
      .value("FILE");
  flags.add("--enqueue", &into->enqueue, "SQL that brings work in, behind the schema")
      .value("FILE");
  flags.add("--out", &into->out, "Where its statements are written for init; not there yet")
      .value("FOLDER");
  flags.add("--for", &into->seconds, "The longest that it runs, in simulated time")
      .in_seconds()
      .between(1, 86'400)
      .usually("1h");
  add_postgres(flags, into->server);
  return [into](const Context& context) { return record_worker(context, *into); };
}

Action serve_command(Flags& flags) {
  const auto options = std::make_shared<ServeOptions>();
  flags
      .add("COMMAND", &options->command,
           "What it is for, such as your tests: it finds the server by DATABASE_URL, PGHOST and "
           "so on, and the server ends with it; without one, the DSN is printed")
      .rest();
  flags.add("--schema", &options->schema, "Your schema: files, folders, globs, in order")
      .value("FILE");
  flags.add("--at", &options->at, "What the server's clock shows first")
      .value("TIME")
      .usually("the machine's time");
  flags.add("--seed", &options->seed, "Of what the server draws at random, such as UUIDs");
  add_postgres(flags, options->server);
  return [options](const Context& context) { return serve_for(context, *options); };
}

Action advance_command(Flags& flags) {
  const auto by = std::make_shared<std::string>();
  const auto dsn = std::make_shared<std::string>();
  flags.add("INTERVAL", by.get(), "How much time passes, as PostgreSQL reads it: 5m, '1 day'")
      .required();
  flags.add("--dsn", dsn.get(), "The server, as serve printed it")
      .environment("DATABASE_URL")
      .usually("what PGHOST and so on say");
  return [by, dsn](const Context&) {
    fmt::print("{}\n", advance(*dsn, *by, interrupted));
    return kHolds;
  };
}

}  // namespace fencepost
