// `export`: a saved run as a script for anybody's PostgreSQL.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "model/story.hpp"
#include "reports/isolation_spec.hpp"
#include "reports/psql_script.hpp"
#include "sim/cli/commands.hpp"
#include "sim/export/counterexample.hpp"
#include "sim/export/statement_shapes.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/replay_file.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

std::vector<std::string> about(const LoadedRun& loaded, const Played& played,
                               const Violation* violation, const Options& options) {
  const SavedRun& run = loaded.run;
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} under {}, seed {}{}", run.protocol, run.scenario, run.seed,
                              violation == nullptr ? "" : " violates " + run.property));
  if (violation != nullptr) lines.push_back(story(played.history, *violation));
  lines.push_back("");
  const std::string file = options.save ? options.save->filename().string() : "FILE";
  if (options.spec) {
    lines.push_back("To see it, as a superuser and in an empty database:");
    lines.push_back("  createdb story");
    lines.push_back(fmt::format(
        "  $(pg_config --pkglibdir)/pgxs/src/test/isolation/isolationtester dbname=story < {}",
        for_shell(file)));
  } else {
    lines.push_back("To see it, as a superuser and in an empty database:");
    lines.push_back(fmt::format("  createdb story && psql -X -d story -f {}", for_shell(file)));
  }
  lines.push_back("");
  lines.push_back(
      "The SQL is the protocol's own, with the history's values in it; lines of the history");
  lines.push_back(
      "(step, time, who, what, result) stand above the steps. Time is as the steps say: now() and");
  lines.push_back(
      "its relatives are functions of the schema simulated, which stands in front of pg_catalog "
      "in");
  lines.push_back(
      "the search path. CURRENT_TIMESTAMP is grammar, so it is written as simulated.now() here.");
  return lines;
}

void write(const std::string& text, const std::filesystem::path& file) {
  errno = 0;
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream.good())
    throw InputError(fmt::format("{} can't be written ({}); name another file", file.string(),
                                 std::strerror(errno)));
}

}  // namespace

int export_command(const Context& context) {
  const Options& options = context.options;
  const std::string& file = options.names.at(0);
  const LoadedRun loaded = load_run(file, Gallery(context.data),
                                    options.force ? Versions::may_differ : Versions::must_match);
  const Protocol& protocol = loaded.protocol.protocol;
  Lane lane(context.cluster_options());
  const Played played = replay(lane, protocol, loaded.scenario.scenario, loaded.run);
  const Violation* violation = violation_of(played.judgements, loaded.run.property);
  if (violation == nullptr && !loaded.run.property.empty())
    throw InputError(
        fmt::format("{}: {} is no longer violated, so there is nothing to show; run "
                    "check again",
                    file, loaded.run.property));
  const StatementShapes shapes = statement_shapes(lane.with(protocol).conninfo(), protocol);
  const Braces braces = options.spec ? Braces::are_written_otherwise : Braces::may_stand;
  Counterexample told =
      counterexample({protocol, loaded.run.load, played.history, violation, shapes, braces});
  const std::vector<std::string> lines = about(loaded, played, violation, options);
  told.about.insert(told.about.begin(), lines.begin(), lines.end());
  const std::string text = options.spec ? isolation_spec(told) : psql_script(told);
  if (options.save)
    write(text, *options.save);
  else
    fmt::print("{}", text);
  if (context.options.keep) fmt::print(stderr, "{}", lane.how_to_connect());
  return kHolds;
}

}  // namespace fencepost
