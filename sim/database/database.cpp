#include "sim/database/database.hpp"

#include <algorithm>
#include <optional>

#include "sim/database/definitions.hpp"
#include "sim/database/leftovers.hpp"
#include "sim/database/observer.hpp"
#include "sim/database/page_store.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/database/schema_run.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/server/shim_shared.h"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

/// A statement's name that no protocol can use. Prepared, because planning it takes longest.
constexpr const char* kHeldLocks = "fencepost held locks";
constexpr const char* kHeldLocksSql =
    "SELECT pid, CASE locktype WHEN 'advisory' THEN format('advisory lock %s',"
    "                                  (classid::bigint << 32) | objid::bigint)"
    "                          ELSE 'row locks of an open transaction' END"
    "  FROM pg_locks"
    " WHERE granted AND pid = ANY ($1::int[]) AND locktype IN ('advisory', 'transactionid')"
    " ORDER BY array_position($1, pid), 2";

constexpr const char* kSessionSettings = "RESET ALL; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'";

/// As many loads have a copy of the server's data.
constexpr std::size_t kCopies = 4;

/// A load whose tables, or server's data, are kept, and what the harness draws from after it.
struct KeptLoad {
  int jobs = 0;
  int items = 0;
  Constants constants;
  int number = 0;
  std::uint64_t seed = 0;
  PageStore::Shape shape = 0;
};

std::vector<KeptLoad>::iterator find(std::vector<KeptLoad>& all, const Load& load) {
  return std::find_if(all.begin(), all.end(), [&](const KeptLoad& each) {
    return each.jobs == load.jobs && each.items == load.items && each.constants == load.constants;
  });
}

}  // namespace

struct Database::State {
  Cluster& cluster;
  const Protocol& protocol;
  std::string name;
  std::string conninfo;
  RawConnection session;
  std::optional<Observer> observer;
  std::optional<TableStore> store;
  std::optional<PageStore> pages;
  Means means;
  bool settings_vary;
  bool redefined;  ///< in the midst of histories: their sessions must be new
  bool prepares_transactions;
  std::function<void()> close_sessions;
  std::string path;                    ///< the search_path of what fencepost itself asks
  std::string defined;                 ///< as the schema left it
  std::string shared_before;           ///< as it was before the schema
  std::uint64_t definitions_seen = 0;  ///< of the server, what was looked at
  std::vector<std::string> remarks;
  std::string sizes_then;        ///< as TRUNCATE left them
  std::vector<KeptLoad> kept;    ///< by number
  std::size_t next_number = 0;   ///< of those, the one to be given up when all are taken
  std::vector<KeptLoad> copies;  ///< by number
  std::size_t next_copy = 0;
  std::optional<PageStore::Shape> planned_for;
  LetAnswers answers;             ///< of `:let` statements
  std::set<std::string> counted;  ///< statements that change no row but those that are counted

  State(Cluster& the_cluster, const Protocol& the_protocol, std::string the_name, Means the_means)
      : cluster(the_cluster),
        protocol(the_protocol),
        name(std::move(the_name)),
        means(the_means),
        settings_vary(changes_settings(the_protocol)),
        redefined(redefines(the_protocol)),
        prepares_transactions(fencepost::prepares_transactions(the_protocol)) {
    if (const std::string why = needs_copies(the_protocol); !why.empty()) begin_copies(why);
    for (const std::string& remark : remarks_on(the_protocol)) remarks.push_back(remark);
  }

  void make();
  void open_session();
  void connect();
  void take_workers_role();
  void begin_copies(const std::string& why);
  void look_at_definitions();
  void put_copy_back(const Load& load);
  Slot settled();
  Plans planned(PageStore::Shape shape, Plans plans);
  std::optional<Plans> put_pages_back(const Load& load);
  void put_rows_back(const Load& load);
  Plans keep_pages(const Load& load);
  void drop();
  void create();
  void prepare_all();
  void insert(const std::string& statement, const Load& load, int count);
};

void Database::State::create() {
  const RawConnection admin = raw_connect(cluster.conninfo("postgres"));
  make_database(admin.get(), name);
  conninfo = cluster.conninfo(name, kWorkersRole);
  open_session();
  shared_before = shared_definitions(session.get());
  make_own_schema(session.get());
}

void Database::State::open_session() {
  cluster.clock().number_next(OWN_NUMBER);
  session = raw_connect(cluster.conninfo(name));
}

Slot Database::State::settled() {
  const Slot own = cluster.clock().slot_of(PQbackendPID(session.get()));
  cluster.clock().settle(&own, 1);
  return own;
}

void Database::State::connect() {
  open_session();
  take_workers_role();
  prepare_all();
}

// What users wrote for fencepost itself runs as what they wrote for workers does.
void Database::State::take_workers_role() {
  raw_must(session.get(),
           fmt::format("{}; SET SESSION AUTHORIZATION {}", kSessionSettings, kWorkersRole));
  look_in(session.get(), path);
}

void Database::State::prepare_all() {
  const RawResult held = raw_prepare(session.get(), kHeldLocks, kHeldLocksSql);
  SIM_CHECK(PQresultStatus(held.get()) == PGRES_COMMAND_OK, "{}", PQerrorMessage(session.get()));
  for (const Protocol* version : {&protocol, protocol.previous.get()}) {
    if (version == nullptr) continue;
    const std::map<std::string, std::string> paths = search_paths(*version);
    for (const auto& [plain, statement] : version->statements) {
      const auto of_role = paths.find(plain);
      const bool elsewhere = of_role != paths.end() && of_role->second != path;
      if (elsewhere) look_in(session.get(), of_role->second);
      const RawResult result = raw_prepare(session.get(), statement.name, statement.sql);
      if (const auto error = error_of(session.get(), result.get())) throw denied(statement, *error);
      if (elsewhere) look_in(session.get(), path);
      if (statement.command == Command::let && !elsewhere) answers.learn(session.get(), statement);
      if (statement.command != Command::let && !elsewhere && !settings_vary &&
          changes_what_it_counts(session.get(), statement))
        counted.insert(statement.name);
    }
    check_columns(session.get(), *version);
  }
  observer.emplace(session.get(), protocol, cluster.clock());
  store.emplace(session.get());
}

void Database::State::insert(const std::string& statement_name, const Load& load, int count) {
  const Statement* statement = protocol.find(statement_name);
  if (statement == nullptr) return;
  for (int number = 1; number <= count; ++number) {
    cluster.clock().set(cluster.clock().now() + 1us);
    const RawResult result = raw_execute(session.get(), statement_name,
                                         load_arguments(protocol, *statement, load, number));
    if (const auto error = error_of(session.get(), result.get())) throw denied(*statement, *error);
  }
}

void Database::State::make() {
  create();
  path = load_schema(session.get(), cluster, protocol, name);
  take_workers_role();
  if (protocol.find("observe") == nullptr)
    throw InputError(fmt::format(
        "{}: no statement is named observe; add one that maps your tables to job and state",
        (protocol.folder / "protocol.toml").string()));
  prepare_all();
  store->keep_start();
  kept.clear();
  planned_for.reset();
  defined.clear();
  // Also where it is not used: what a catalogue shows must not depend on that.
  pages.emplace(session.get(), cluster.shim());
  if (means.put_back != PutBack::pages || !pages->works()) pages.reset();
}

// What a schema or a history did to the whole server must not be met by the next protocol.
void Database::State::drop() {
  const bool server_changed = !session || shared_definitions(session.get()) != shared_before;
  session.reset();
  if (close_sessions) close_sessions();
  if (server_changed || means.put_back == PutBack::whole) return cluster.begin_anew();
  const RawConnection admin = raw_connect(cluster.conninfo("postgres"));
  raw_query(admin.get(), fmt::format("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", name));
}

void Database::State::begin_copies(const std::string& why) {
  means.put_back = PutBack::whole;
  remarks.push_back(fmt::format(
      "{}: {}, so each history starts from a copy of its server's data, which takes about 0.1 s",
      protocol.name, why));
}

// A temporary table, or a TRUNCATE, leaves what was defined as it was.
void Database::State::look_at_definitions() {
  const std::uint64_t now = cluster.clock().definitions();
  const bool changed = std::exchange(definitions_seen, now) != now;
  if (means.put_back == PutBack::whole || !changed || defined.empty()) return;
  if (definitions(session.get()) != defined)
    begin_copies("a history changed what is defined in the database or on its server");
}

// What the harness draws after it belongs to the history, too.
void Database::State::put_copy_back(const Load& load) {
  if (close_sessions) close_sessions();
  session.reset();
  auto found = find(copies, load);
  if (found != copies.end()) {
    cluster.put_back(found->number);
  } else {
    cluster.begin_anew();
    make();
    put_rows_back(load);
    const std::uint64_t seed = cluster.clock().seed_now(settled());
    const std::size_t number = next_copy++ % kCopies;
    copies.resize(std::max(copies.size(), number + 1));
    found = copies.begin() + static_cast<std::ptrdiff_t>(number);
    *found = {load.jobs, load.items, load.constants, static_cast<int>(number), seed, 0};
    session.reset();
    cluster.clock().set(Instant{} - 1s);
    cluster.keep(found->number);
  }
  connect();
  cluster.clock().seed(settled(), found->seed);
}

// Plans made for another shape are of no use; those made while something grew may be others than
// those of the start.
Plans Database::State::planned(PageStore::Shape shape, Plans plans) {
  if (planned_for != shape) plans = Plans::all_are_made;
  planned_for = shape;
  if (plans == Plans::hold) return plans;
  raw_must(session.get(), "DISCARD PLANS");
  raw_plan_prepared(session.get());
  return settings_vary ? Plans::are_dropped : plans;
}

// nullopt when it has to be done by rows.
std::optional<Plans> Database::State::put_pages_back(const Load& load) {
  if (kept.empty()) return std::nullopt;
  const auto found = find(kept, load);
  const KeptLoad& wanted = found != kept.end() ? *found : kept.front();
  Plans plans = Plans::hold;
  PageStore::Found was = pages->put_back(wanted.number);
  if (was == PageStore::Found::redefined) {
    if (sizes_then != sizes(session.get())) {
      log_debug("a history changed what the planner knows: tables are put back by rows");
      return std::nullopt;
    }
    was = pages->put_back(wanted.number);
    planned_for.reset();
  }
  SIM_CHECK(was != PageStore::Found::redefined, "{} is redefined while nobody uses it", name);
  if (found == kept.end()) return std::nullopt;
  if (was == PageStore::Found::other_size) plans = Plans::recent_are_made;
  cluster.clock().seed(settled(), wanted.seed);
  return planned(wanted.shape, settings_vary ? Plans::are_dropped : plans);
}

// What the harness draws for a worker (a :let with gen_random_uuid()) belongs to the history, too.
void Database::State::put_rows_back(const Load& load) {
  {
    const OwnRights own(session.get());
    raw_must(session.get(), store->start() + "DELETE FROM fencepost.sessions");
  }
  cluster.clock().seed(settled(), 1);
  insert("insert_job", load, load.jobs);
  insert("insert_item", load, load.items);
}

Plans Database::State::keep_pages(const Load& load) {
  if (defined.empty()) defined = definitions(session.get());
  if (!pages) return Plans::hold;
  const auto known = find(kept, load);
  auto number = static_cast<std::size_t>(known - kept.begin());
  if (number == PageStore::kNumbers) number = next_number++ % PageStore::kNumbers;
  if (kept.empty()) sizes_then = sizes(session.get());
  const std::uint64_t seed = cluster.clock().seed_now(settled());
  const auto shape = pages->keep(static_cast<int>(number));
  cluster.clock().seed(settled(), seed);
  if (!shape) {
    pages.reset();
    return Plans::hold;
  }
  kept.resize(std::max(kept.size(), number + 1));
  kept[number] = {load.jobs, load.items, load.constants, static_cast<int>(number), seed, *shape};
  planned_for.reset();
  return planned(*shape, Plans::all_are_made);
}

Database::Database(Cluster& cluster, const Protocol& protocol, const std::string& name, Means means)
    : state_(std::make_unique<State>(cluster, protocol, name, means)) {
  try {
    state_->make();
  } catch (const InputError&) {
    state_->drop();
    throw;
  }
}

Database::~Database() = default;

void Database::close_sessions_by(std::function<void()> close) {
  state_->close_sessions = std::move(close);
}

void Database::drop() { state_->drop(); }
const std::vector<std::string>& Database::remarks() const { return state_->remarks; }

const std::string& Database::conninfo() const { return state_->conninfo; }
const Columns& Database::columns() const { return state_->observer->columns(); }
ReturnedColumns Database::returned(const Protocol& version) const {
  return returned_columns(state_->session.get(), version);
}
void Database::note_unchanged(const std::string& statement) {
  if (state_->counted.contains(statement)) state_->observer->note_unchanged();
}
Observed Database::observe() { return state_->observer->observe(); }
const std::map<std::string, std::string>& Database::forbidden() {
  return state_->observer->forbidden();
}

// The load arrives one second before the history starts, so that its timestamps differ and lie in
// the past.
Plans Database::reset(const Load& load) {
  ServerClock& clock = state_->cluster.clock();
  clock.follow();
  clock.set(Instant{} - 1s);
  if (state_->prepares_transactions) roll_back_prepared(state_->session.get());
  state_->look_at_definitions();
  if (state_->redefined && state_->close_sessions) state_->close_sessions();
  std::optional<Plans> plans;
  if (state_->means.put_back == PutBack::whole) {
    state_->put_copy_back(load);
    plans = Plans::hold;
  } else if (plans = state_->put_pages_back(load); !plans) {
    state_->put_rows_back(load);
    plans = state_->keep_pages(load);
  }
  state_->definitions_seen = clock.definitions();
  state_->observer->start_again();
  clock.set(Instant{});
  return *plans;
}

SqlResult Database::let(const Statement& statement, const std::vector<Value>& arguments) {
  return state_->answers.to(statement, arguments, state_->session.get(), state_->cluster.clock());
}

bool Database::has_locked_tables(int but_backend_pid) {
  return raw_has_locked_tables(state_->session.get(), but_backend_pid);
}

std::vector<HeldLock> Database::locks_of(const std::vector<int>& backend_pids) {
  if (backend_pids.empty()) return {};
  const std::string list = fmt::format("{{{}}}", fmt::join(backend_pids, ","));
  const RawResult rows = raw_execute(state_->session.get(), kHeldLocks, {list});
  SIM_CHECK(PQresultStatus(rows.get()) == PGRES_TUPLES_OK, "{}",
            PQerrorMessage(state_->session.get()));
  std::vector<HeldLock> out;
  for (int row = 0; row < PQntuples(rows.get()); ++row)
    out.push_back({std::atoi(PQgetvalue(rows.get(), row, 0)), PQgetvalue(rows.get(), row, 1)});
  return out;
}

TableStore& Database::tables() { return *state_->store; }

void Database::name_session(int backend_pid, const std::string& worker,
                            const std::string& session) {
  raw_must(state_->session.get(),
           fmt::format("INSERT INTO fencepost.sessions VALUES ({}, '{}', '{}') ON CONFLICT (pid)"
                       " DO UPDATE SET worker = EXCLUDED.worker, session = EXCLUDED.session",
                       backend_pid, worker, session));
}

}  // namespace fencepost
