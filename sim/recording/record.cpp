#include "sim/recording/record.hpp"

#include <fmt/format.h>

#include "sim/conducting/conductor.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/database/schema_run.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr const char* kWorker = "worker";
constexpr std::size_t kMostPrinted = 2000;

/// A database for the worker, which is a superuser of its server, with what the files bring in.
void make_database_for(Cluster& cluster, PGconn* own, const RecordOptions& options) {
  const std::string name = in_name_quotes(kWorker);
  raw_must(own, fmt::format("CREATE ROLE {} SUPERUSER LOGIN", name));
  raw_must(own, fmt::format("CREATE DATABASE {0} OWNER {0}", name));
  Protocol files;
  add_schema(files, options.schema, "--schema");
  add_schema(files, options.enqueue, "--enqueue");
  const RawConnection loader = raw_connect(cluster.conninfo(kWorker, kWorker));
  run_schema(loader.get(), files, kWorker, cluster.version());
}

/// A folder for the worker's socket and output, gone at the end.
struct Folder {
  std::filesystem::path path;
  explicit Folder(const std::filesystem::path& server) : path(server / "real") {
    std::filesystem::create_directories(path);
  }
};

/// The last of what a program printed.
std::string last_printed(const std::filesystem::path& output) {
  const std::string text = bytes_of(output).value_or("");
  return text.size() > kMostPrinted ? text.substr(text.size() - kMostPrinted) : text;
}

void demand_statements(const Recording& recording, const RecordOptions& options) {
  if (!recording.recorder.statements().empty()) return;
  std::string why =
      recording.status ? fmt::format(" and ended with status {}", *recording.status) : "";
  for (const std::string& each : recording.strange) why += "; " + each;
  throw InputError(fmt::format(
      "{} ran no statement{}; let it connect to what DATABASE_URL or PGHOST say, without TLS; it "
      "printed {}",
      options.command.front(), why,
      recording.printed.empty() ? "nothing" : "this: " + recording.printed));
}

}  // namespace

Recording record(const RecordOptions& options) {
  Cluster cluster(options.server);
  const RawConnection own = raw_connect(cluster.conninfo("postgres"));
  make_database_for(cluster, own.get(), options);
  const Folder folder(cluster.folder());
  Recording recording;
  Conducted conducted;
  conducted.workers = {options.command};
  const std::string place = (folder.path / "w0").string();
  conducted.environment = {
      {"DATABASE_URL",
       fmt::format("postgresql://{0}@/{0}?host={1}&sslmode=disable", kWorker, place)},
      {"PGUSER", kWorker},
      {"PGDATABASE", kWorker},
      {"PGPORT", "5432"},
      {"PGSSLMODE", "disable"}};
  conducted.folder = folder.path;
  conducted.stopped = options.server.limits.stopped;
  conducted.server = std::string(PQhost(own.get())) + "/.s.PGSQL.5432";
  conducted.pick = [](std::size_t) { return std::size_t{0}; };
  conducted.on_sent = [&](const HeldSession& session) {
    recording.recorder.sent(session.name().number, session.sent());
  };
  conducted.on_answered = [&](const HeldSession& session, const ServerAnswer& answer) {
    recording.recorder.answered(session.name().number, answer);
  };
  const auto wrote = [&] { return cluster.clock().take_written({}).writers > 0; };
  Conductor conductor(cluster.clock(), std::move(conducted));
  static_cast<void>(wrote());
  for (Stepped stepped = Stepped::time;
       stepped != Stepped::nobody && !recording.is_idle && conductor.elapsed() < options.at_most;) {
    if (options.server.limits.stopped && options.server.limits.stopped())
      throw EnvironmentError("stopped while the worker ran");
    stepped = conductor.step();
    if (stepped == Stepped::time) recording.is_idle = recording.recorder.end_round(wrote());
  }
  recording.recorder.end_round(false);
  recording.lines = conductor.lines();
  recording.status = conductor.status(0);
  recording.lasted = conductor.elapsed();
  recording.strange = conductor.strange(0);
  recording.printed = last_printed(conductor.output(0));
  demand_statements(recording, options);
  return recording;
}

}  // namespace fencepost
