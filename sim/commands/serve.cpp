// `serve` and `advance`: the private server for the user's own tests, and time that passes on it.
#include <fmt/format.h>

#include <memory>

#include "sim/cli/command_line.hpp"
#include "sim/cli/options.hpp"
#include "sim/serving/advancing.hpp"
#include "sim/serving/served.hpp"
#include "sim/text/error.hpp"

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

}  // namespace

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
