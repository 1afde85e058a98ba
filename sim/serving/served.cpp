#include "sim/serving/served.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

#include "model/hash.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/database/schema_run.hpp"
#include "sim/process/child_process.hpp"
#include "sim/server/shim_shared.h"
#include "sim/serving/passing_time.hpp"
#include "sim/serving/proxy.hpp"
#include "sim/serving/served_program.hpp"
#include "sim/text/error.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// The role and the database of whoever connects.
constexpr const char* kName = "fencepost";
constexpr int kConnections = 100;
/// In microseconds of real time: how often deadlocks are looked for, and how long a command may
/// take to end by itself, and in all.
constexpr std::int64_t kLooks = 200'000, kEndsByItself = 1'000'000, kEnds = 5'000'000;

/// In every database that is made, because test runners make their own. A wish is an INFO, which no
/// setting keeps back and which is sent at once; the proxy keeps it to itself.
constexpr const char* kAdvance = R"(
CREATE SCHEMA fencepost;
GRANT USAGE ON SCHEMA fencepost TO PUBLIC;
CREATE FUNCTION fencepost.advance(by interval) RETURNS timestamptz LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
  begins timestamptz := clock_timestamp();
  ends timestamptz := begins + by;
BEGIN
  IF by IS NULL OR ends < begins THEN
    RAISE EXCEPTION 'time goes forward only, and % does not', coalesce(by::text, 'null')
      USING ERRCODE = '22023', HINT = 'Say for example fencepost.advance(''5 minutes'').';
  ELSIF ends >= '2126-01-01 00:00:00+00' THEN
    RAISE EXCEPTION 'the clock goes to the end of 2125 only, and would show %', ends
      USING ERRCODE = '22008';
  ELSIF ends > begins THEN
    RAISE INFO USING ERRCODE = '{}', MESSAGE = (extract(epoch FROM ends) * 1000000)::bigint::text;
  END IF;
  WHILE clock_timestamp() < ends LOOP
    PERFORM pg_sleep(extract(epoch FROM ends - clock_timestamp())::float8);
  END LOOP;
  RETURN clock_timestamp();
END $$;
COMMENT ON FUNCTION fencepost.advance IS 'Time passes, for all sessions; returns what the clock shows then.')";

/// Unix microseconds by the machine's clock.
std::int64_t machine_time() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1'000;
}

/// Nobody can guess it: others may share this machine.
std::string new_password() {
  std::uint64_t words[2];
  if (getrandom(words, sizeof words, 0) != ssize_t{sizeof words})
    throw EnvironmentError("the kernel gives no random bytes for a password");
  return hex_digits(words[0]) + hex_digits(words[1]);
}

/// Its time may stand still for as long as somebody likes. Once it is up, who serves ends it.
ClusterOptions cluster_options(const ServeOptions& options, const std::atomic<bool>& is_up) {
  ClusterOptions server = options.server;
  server.connections = kConnections;
  server.limits = {1'000'000, [&is_up, stopped = options.stopped] { return !is_up && stopped(); }};
  server.settings = {{"plan_cache_mode", "auto"},
                     {"deadlock_timeout", fmt::format("{}us", kLooksForDeadlocks.count())}};
  return server;
}

/// Nobody else is there who could wish it: what sleeps in a schema finds that time has passed.
class PassesWhileAsleep {
 public:
  PassesWhileAsleep(ServerClock& clock, Slot session)
      : thread_([&clock, session](const std::stop_token& over) {
          for (; !over.stop_requested(); poll(nullptr, 0, 1)) {
            const std::optional<Instant> at =
                clock.activity(session) == Activity::timeout ? clock.due(session) : std::nullopt;
            if (!at) continue;
            clock.set(std::max(clock.now(), *at));
            clock.fire(session);
          }
        }) {}

 private:
  std::jthread thread_;
};

class Server {
 public:
  explicit Server(const ServeOptions& options);
  Address address() const;
  std::vector<std::pair<std::string, std::string>> environment() const;
  /// Until `over` says an exit status.
  int serve_until(const std::function<std::optional<int>()>& over);

 private:
  void set_clock(const std::string& at);
  std::string shown() const;

  std::atomic<bool> is_up_{false};
  Cluster cluster_;
  std::string password_;
  RawConnection own_;
  Proxy proxy_;
  PassingTime time_;
};

Server::Server(const ServeOptions& options)
    : cluster_(cluster_options(options, is_up_)),
      password_(new_password()),
      own_(raw_connect(cluster_.conninfo("postgres"))),
      proxy_(cluster_.clock(), {std::string(PQhost(own_.get())) + "/.s.PGSQL.5432", password_,
                                kSuperuser, options.seed}),
      time_(cluster_.clock(), proxy_, own_.get()) {
  Protocol protocol;
  add_schema(protocol, options.schema, "--schema");
  set_clock(options.at);
  const std::string name = in_name_quotes(kName);
  raw_must(own_.get(), "ALTER DATABASE template0 ALLOW_CONNECTIONS true");
  for (const char* const each : {"template0", "template1"})
    raw_must(raw_connect(cluster_.conninfo(each)).get(), fmt::format(kAdvance, kWishes));
  raw_must(own_.get(), "ALTER DATABASE template0 ALLOW_CONNECTIONS false");
  raw_must(own_.get(), fmt::format("CREATE ROLE {} SUPERUSER LOGIN", name));
  raw_must(own_.get(), fmt::format("CREATE DATABASE {0} OWNER {0}", name));
  const RawConnection loader = raw_connect(cluster_.conninfo(kName, kName));
  {
    const PassesWhileAsleep sleeps(cluster_.clock(),
                                   cluster_.clock().slot_of(PQbackendPID(loader.get())));
    run_schema(loader.get(), protocol, kName, cluster_.version());
  }
  if (options.stopped()) throw EnvironmentError("stopped before the private server was up");
  is_up_ = true;
}

void Server::set_clock(const std::string& at) {
  const auto set = [this](std::int64_t microseconds) {
    cluster_.clock().set(Instant{Duration{microseconds - FENCEPOST_EPOCH}});
  };
  set(machine_time());
  if (at.empty()) return;
  const RawResult read =
      raw_query(own_.get(), fmt::format("SELECT (extract(epoch FROM t) * 1000000)::bigint,"
                                        " t BETWEEN '2000-01-02 00:00+00' AND '2125-12-31 00:00+00'"
                                        "  FROM (SELECT {}::timestamptz) AS given (t)",
                                        as_literal(at)));
  if (const auto error = error_of(own_.get(), read.get()))
    throw InputError(fmt::format(
        "--at: PostgreSQL does not read it as a time: {}; write it as '2027-01-15 08:00 UTC'",
        error->message));
  if (std::string_view(PQgetvalue(read.get(), 0, 1)) != "t")
    throw InputError(fmt::format("--at: {} is not between the years 2000 and 2126", at));
  set(std::atoll(PQgetvalue(read.get(), 0, 0)));
}

std::string Server::shown() const {
  return PQgetvalue(raw_must(own_.get(), "SELECT clock_timestamp()").get(), 0, 0);
}

Address Server::address() const {
  return {fmt::format("postgresql://{0}:{1}@127.0.0.1:{2}/{0}?sslmode=disable", kName, password_,
                      proxy_.port()),
          shown(), cluster_.version()};
}

std::vector<std::pair<std::string, std::string>> Server::environment() const {
  return {{"DATABASE_URL", address().dsn},
          {"PGHOST", "127.0.0.1"},
          {"PGPORT", std::to_string(proxy_.port())},
          {"PGUSER", kName},
          {"PGPASSWORD", password_},
          {"PGDATABASE", kName},
          {"PGSSLMODE", "disable"}};
}

int Server::serve_until(const std::function<std::optional<int>()>& over) {
  for (std::int64_t looked = 0;;) {
    const std::int64_t real = machine_time();
    time_.move_on(real);
    if (const std::optional<int> status = over()) return *status;
    if (real - looked < kLooks) continue;
    looked = real;
    if (!alive(cluster_.postmaster()))
      throw EnvironmentError(
          cluster_.lost().value_or("the private server came to an end: it was killed"));
    time_.break_deadlocks();
  }
}

}  // namespace

int serve(const ServeOptions& options, const std::function<void(const Address&)>& ready) {
  const pid_t parent = getppid();
  Server server(options);
  ready(server.address());
  std::optional<ServedProgram> command;
  if (!options.command.empty()) command.emplace(options.command, server.environment());
  std::int64_t told_to_end = 0;
  bool asked = false;
  return server.serve_until([&]() -> std::optional<int> {
    const bool to_end = getppid() != parent || options.stopped();
    if (!command) return to_end ? std::optional(0) : std::nullopt;
    if (const auto status = command->status()) return status;
    // From a terminal it heard the same as we did, and ends as it likes; else it is told.
    if (to_end && told_to_end == 0) told_to_end = machine_time();
    if (told_to_end == 0) return std::nullopt;
    const std::int64_t since = machine_time() - told_to_end;
    if (since > kEndsByItself && !std::exchange(asked, true)) command->signal(SIGTERM);
    return since > kEnds ? std::optional(128 + SIGKILL) : std::nullopt;
  });
}

}  // namespace fencepost
