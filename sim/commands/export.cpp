// `export`: a saved run as a script for anybody's PostgreSQL.
#include <fmt/format.h>

#include "model/story.hpp"
#include "sim/cli/options.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/export/script.hpp"
#include "sim/search/failure.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

struct ExportFlags {
  SavedRunFlags run;
  std::string form;  ///< "spec" or "sql"
  std::optional<std::filesystem::path> out;
  ClusterOptions server;

  bool is_spec() const { return form == "spec"; }
};

std::vector<std::string> about(const LoadedRun& loaded, const Played& played,
                               const Violation* violation, const ExportFlags& flags) {
  const SavedRun& run = loaded.run;
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} under {}, seed {}{}", run.protocol, run.scenario, run.seed,
                              violation == nullptr ? "" : " violates " + run.property));
  if (violation != nullptr) lines.push_back(story(played.history, *violation));
  lines.push_back("");
  const std::string file = flags.out ? flags.out->filename().string() : "FILE";
  if (flags.is_spec()) {
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

int export_run(const Context& context, const ExportFlags& flags) {
  const std::string& file = flags.run.file;
  const LoadedRun loaded = load_run(file, Gallery(context.data), flags.run.versions());
  const Protocol& protocol = loaded.protocol.protocol;
  Lane lane(flags.server);
  const Played played = replay(lane, protocol, loaded.scenario.scenario, loaded.run);
  const Violation* violation = violation_of(played.judgements, loaded.run.property);
  if (violation == nullptr && !loaded.run.property.empty())
    throw InputError(fmt::format(
        "{}: {} is no longer violated{}, so there is nothing to show; run "
        "check again",
        file, loaded.run.property,
        played.misfit.empty() ? "" : fmt::format(" (it no longer fits: {})", played.misfit)));
  const StatementShapes shapes =
      statement_shapes(lane.with(protocol, loaded.scenario.scenario).conninfo(), protocol);
  const Braces braces = flags.is_spec() ? Braces::are_written_otherwise : Braces::may_stand;
  Script script = script_of({protocol, loaded.run.load, played.history, violation, shapes, braces});
  const std::vector<std::string> lines = about(loaded, played, violation, flags);
  script.about.insert(script.about.begin(), lines.begin(), lines.end());
  const std::string text = flags.is_spec() ? isolation_spec(script) : psql_script(script);
  if (flags.out)
    write_text_file(*flags.out, text, "the script");
  else
    fmt::print("{}", text);
  if (flags.server.keep) fmt::print(stderr, "{}", lane.how_to_connect());
  return kHolds;
}

}  // namespace

Action export_command(Flags& flags) {
  const auto into = std::make_shared<ExportFlags>();
  add_saved_run(flags, into->run);
  flags.add_one_of({"form",
                    "For which program",
                    OneOf::Pick::exactly_one,
                    &into->form,
                    {{"spec", "For isolationtester, PostgreSQL's own"}, {"sql", "For psql"}}});
  flags.add("--out", &into->out, "Write it to this file instead of stdout").output();
  add_server(flags, into->server);
  return [into](const Context& context) { return export_run(context, *into); };
}

}  // namespace fencepost
