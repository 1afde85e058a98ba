#include "sim/session/session.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Of one answer. Several copies of it are made.
constexpr std::int64_t kMostBytes = 200'000'000;
/// libpq sends what is shorter in one piece, which wakes the server once.
constexpr std::size_t kOnePiece = 8192;

/// With more than what it is wrapped into.
bool is_one_piece(const Request& request) {
  std::size_t bytes = 512 + request.text.size();
  for (const auto& value : request.values) bytes += 16 + (value ? value->size() : 0);
  return bytes < kOnePiece;
}

}  // namespace

Session::Session(SessionId its_id, int its_number, Process& its_process, Backend& backend,
                 ServerClock& clock)
    : id(std::move(its_id)),
      number(its_number),
      process(its_process),
      backend_(&backend),
      clock_(clock),
      commits_(clock.commits(backend.slot)) {}

Session::Session(SessionId its_id, int its_number, Process& its_process, ServerClock& clock)
    : id(std::move(its_id)), number(its_number), process(its_process), clock_(clock) {}

Activity Session::activity() const {
  if (!linked()) return Activity::idle;
  return vanished_with_.empty() ? clock_.activity(backend_->slot) : Activity::gone;
}

bool Session::in_transaction() const {
  return linked() && PQtransactionStatus(backend_->connection) != PQTRANS_IDLE;
}

bool Session::holds_nothing() const {
  return ended_ || !linked() || (!in_flight_ && !in_transaction() && !backend_->leftovers.state);
}

std::string Session::name() const {
  const std::size_t slash = id.text.find('/');
  return id.text.substr(slash + 1, id.text.find('#') - slash - 1);
}

void Session::link(Backend& backend, int number_of_it) {
  SIM_CHECK(!ended_ && !linked() && !in_flight_, "{} is to get backend {}, ended: {}, has {}",
            id.text, number_of_it, ended_, on_);
  backend_ = &backend;
  on_ = number_of_it;
  commits_ = clock_.commits(backend.slot);
}

void Session::unlink() {
  SIM_CHECK(linked() && !in_flight_ && vanished_with_.empty(), "{} gives backend {} back, with {}",
            id.text, on_, in_flight_ ? in_flight_->call.statement : "nothing");
  backend_ = nullptr;
  on_ = 0;
}

void Session::wait_for_backend(Queued queued, const Task* waiter) {
  SIM_CHECK(!ended_ && !linked() && !queued_, "{} waits for a backend, ended: {}, has {}", id.text,
            ended_, on_);
  queued_ = std::move(queued);
  waiter_ = waiter;
}

Queued Session::take_queued() {
  SIM_CHECK(queued_ && !ended_, "{} has nothing that waits for a backend, ended: {}", id.text,
            ended_);
  Queued taken = std::move(*queued_);
  queued_.reset();
  return taken;
}

void Session::send_away(std::string_view sqlstate) {
  SIM_CHECK(!ended_ && !linked(), "{} is refused with {}, ended: {}, has {}", id.text, sqlstate,
            ended_, on_);
  sent_away_with_ = sqlstate;
}

bool Session::knows(const std::string& name, const std::string& sql) const {
  const auto known = backend_->prepared.find(name);
  return ended_ || activity() == Activity::gone ||
         (known != backend_->prepared.end() && known->second == sql);
}

bool Session::is_to_prepare() const {
  return as_written_.size() > refused_.size() && !ended_ && linked() &&
         activity() == Activity::idle && PQtransactionStatus(backend_->connection) == PQTRANS_IDLE;
}

bool Session::prepares(const std::string& name, const std::string& sql) {
  clock_.about_to_send(backend_->slot);
  const RawResult result = raw_prepare(backend_->connection, backend_->prepared_as(name), sql);
  clock_.settle(&backend_->slot, 1);
  return !error_of(backend_->connection, result.get());
}

void Session::prepare() {
  std::erase_if(as_written_, [&](const auto& each) {
    const auto& [name, sql] = each;
    const bool prepared = !refused_.contains(name) && prepares(name, sql);
    if (prepared) backend_->prepared[name] = sql;
    if (!prepared) refused_.insert(name);
    return prepared;
  });
}

bool Session::forgot() const {
  return backend_->leftovers.prepared && backend_->forgotten != clock_.forgotten(backend_->slot);
}

void Session::prepare_again() {
  if (activity() != Activity::idle || PQtransactionStatus(backend_->connection) == PQTRANS_INERROR)
    return;
  for (const auto& [name, sql] : backend_->prepared) prepares(name, sql);
  backend_->forgotten = clock_.forgotten(backend_->slot);
}

std::optional<Request> Session::spelled_otherwise(const Request& request) const {
  if (!request.prepared) return std::nullopt;
  const bool whole = as_written_.contains(request.text) || !forgot();
  const auto& texts = whole ? as_written_ : backend_->prepared;
  const auto text = texts.find(request.text);
  const bool prepared = text == texts.end();
  if (prepared && !backend_->leftovers.prepared) return std::nullopt;
  return Request{prepared ? backend_->prepared_as(request.text) : text->second, prepared,
                 request.values, request.formats, request.result_format};
}

void Session::send(const Request& request, InFlight sent, const Task* waiter) {
  SIM_CHECK(!ended_ && !in_flight_, "{} sends {}.{}, ended: {}, in flight: {}", id.text,
            sent.call.operation, sent.call.statement, ended_,
            in_flight_ ? in_flight_->call.statement : "nothing");
  in_flight_ = std::move(sent);
  in_flight_->sent = clock_.now();
  arrived_ = 0;
  waiter_ = waiter;
  if (!vanished_with_.empty()) return;
  const std::optional<Request> otherwise = spelled_otherwise(request);
  const Request& sending = otherwise ? *otherwise : request;
  if (in_flight_->commits_late) clock_.hold_commits(backend_->slot);
  clock_.about_to_send(backend_->slot);
  const PortScope outside(nullptr);
  // One that was killed just now learns of it like any other.
  if (fencepost::send(backend_->connection, sending) && !is_one_piece(sending))
    wait_until_taken(backend_->connection);
}

void Session::take_notifications() {
  PGconn* const connection = backend_->connection;
  const PortScope outside(nullptr);
  PQconsumeInput(connection);
  for (PGnotify* each = PQnotifies(connection); each != nullptr; each = PQnotifies(connection)) {
    PQfreemem(each);
    if (!process.role->listen.empty() && !process.dead()) process.notify();
  }
}

void Session::read_on() {
  if (ended_ || activity() != Activity::sending) return;
  arrived_ += fencepost::read_on(backend_->connection);
  demand_bearable(arrived_);
}

void Session::demand_bearable(std::int64_t bytes) const {
  if (bytes > kMostBytes)
    throw EnvironmentError(
        fmt::format("the answer to {} in {} has more than {} MB; let the statement return less",
                    in_flight_ ? in_flight_->call.operation + "." + in_flight_->call.statement
                               : "what it listens to",
                    id.text, kMostBytes / 1'000'000));
}

void Session::settle() {
  while (!clock_.settle(&backend_->slot, 1)) read_on();
}

// What fails in its place fails on the real server: so a transaction is aborted for real, and one
// that fails to commit is over.
std::optional<Request> Session::failing_instead_of(const Request& request) {
  const Fault* const fault = std::exchange(fails_with_, nullptr);
  if (fault == nullptr) return std::nullopt;
  const bool commits = !request.prepared && request.text == "COMMIT";
  Request failing;
  failing.text =
      fmt::format("{}DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = '{}'; END$$",
                  commits ? "ROLLBACK; " : "", fault->sqlstate, fault->error);
  return failing;
}

void Session::wait_at(Place place) {
  bool* const waits = !in_flight_              ? nullptr
                      : place == Place::commit ? &in_flight_->parked
                                               : &in_flight_->blocked;
  SIM_CHECK(waits != nullptr && !*waits, "{} waits at {}, in flight: {}", id.text,
            static_cast<int>(place), in_flight_ ? in_flight_->call.statement : "nothing");
  *waits = true;
}

const InFlight& Session::commit_inside(int step) {
  SIM_CHECK(in_flight_ && clock_.held_at(backend_->slot) == Place::committed,
            "{} has committed inside of nothing, in step {}", id.text, step);
  in_flight_->step = step;
  in_flight_->committed = true;
  in_flight_->parked = false;
  commits_ = clock_.commits(backend_->slot);
  return *in_flight_;
}

InFlight Session::take_answer() {
  SIM_CHECK(in_flight_ && !ended_, "{} has an answer to nothing, ended: {}", id.text, ended_);
  clock_.let_commit(backend_->slot);
  result_ = last_answer(backend_->connection);
  demand_bearable(static_cast<std::int64_t>(PQresultMemorySize(result_.get())));
  const std::uint64_t commits = clock_.commits(backend_->slot);
  const char* const command = PQcmdStatus(result_.get());
  // A transaction that was prepared before has no number of its own when it commits.
  committed_at_end_ = commits != commits_ ||
                      std::string_view(command != nullptr ? command : "") == "COMMIT PREPARED";
  committed_ = committed_at_end_ || in_flight_->committed;
  commits_ = commits;
  InFlight done = std::move(*in_flight_);
  in_flight_.reset();
  return done;
}

std::optional<InFlight> Session::lose() {
  std::optional<InFlight> lost = std::exchange(in_flight_, std::nullopt);
  if (queued_) lost = std::exchange(queued_, std::nullopt)->sent;
  if (!lost) return lost;
  SIM_CHECK(!in_flight_ && !queued_, "{} loses one of two statements", id.text);
  result_.reset();
  committed_ = committed_at_end_ = false;
  broken_ = true;
  return lost;
}

bool Session::cancel(const std::function<void()>& settle) {
  SIM_CHECK(in_flight_ && !ended_, "{} has nothing to cancel, ended: {}", id.text, ended_);
  const PortScope outside(nullptr);
  for (int round = 0; activity() != Activity::idle; ++round) {
    SIM_CHECK(round < 100, "{} can't be cancelled", id.text);
    if (activity() == Activity::gone) break;
    clock_.signal(backend_->slot, SIGINT);
    clock_.release(backend_->slot);
    settle();
    PQconsumeInput(backend_->connection);
  }
  clock_.let_commit(backend_->slot);
  last_answer(backend_->connection);
  // It may have been done already.
  const std::uint64_t commits = clock_.commits(backend_->slot);
  return std::exchange(commits_, commits) != commits;
}

void Session::close_when_done() {
  SIM_CHECK((in_flight_ || queued_) && !ended_,
            "{} is to end when its statement is done, ended: {}", id.text, ended_);
  closing_ = true;
}

void Session::end() {
  SIM_CHECK(!ended_ && !in_flight_, "{} ends, ended: {}, in flight: {}", id.text, ended_,
            in_flight_ ? in_flight_->call.statement : "nothing");
  ended_ = true;
  closing_ = false;
  if (linked() && vanished_with_.empty()) end_on_server(*backend_, clock_);
}

bool Session::vanish(std::string_view sqlstate) {
  SIM_CHECK(!ended_ && !sqlstate.empty(), "{} is ended with '{}', ended: {}", id.text, sqlstate,
            ended_);
  const bool kept = !in_flight_ && !backend_->leftovers.watched && activity() == Activity::idle;
  if (!kept) return false;
  end_on_server(*backend_, clock_);
  vanished_with_ = sqlstate;
  return true;
}

std::optional<Instant> Session::due() const {
  return linked() && vanished_with_.empty() ? clock_.due(backend_->slot) : std::nullopt;
}

void Session::note_gone() {
  SIM_CHECK(!ended_, "{} is gone twice", id.text);
  ended_ = true;
  survives_until_.reset();
  late_.reset();
  result_.reset();
  if (!vanished_with_.empty()) {
    backend_->fatal_state = vanished_with_;
    return;
  }
  const PortScope outside(nullptr);
  PQconsumeInput(backend_->connection);
  while (const RawResult next = next_answer(backend_->connection)) {
    const char* state = PQresultErrorField(next.get(), PG_DIAG_SQLSTATE);
    const char* severity = PQresultErrorField(next.get(), PG_DIAG_SEVERITY_NONLOCALIZED);
    if (state != nullptr && severity != nullptr && std::string(severity) == "FATAL")
      backend_->fatal_state = state;
  }
}

bool Session::calm() {
  if (!linked()) return true;
  const Slot slot = backend_->slot;
  // It may commit for ever, also behind the lock that somebody before it has let go, and hears of
  // this as soon as it goes on.
  settle();
  if (clock_.activity(slot) == Activity::held && clock_.held_at(slot) != Place::commit)
    clock_.signal(slot, SIGINT);
  clock_.open_barrier(slot);
  if (clock_.activity(slot) == Activity::held) clock_.release(slot);
  settle();
  const Activity activity = clock_.activity(slot);
  if (activity == Activity::gone) return true;
  if (activity != Activity::idle) {
    clock_.signal(slot, SIGINT);
    settle();
    return false;
  }
  last_answer(backend_->connection);
  if (in_transaction()) ask("ROLLBACK");
  return true;
}

void Session::strand(LateStatement statement) {
  SIM_CHECK(!ended_ && !in_flight_ && !late_, "{} has {} still to come, ended: {}", id.text,
            late_ ? late_->sent.call.statement : "nothing", ended_);
  late_ = std::move(statement);
}

LateStatement Session::take_late() {
  SIM_CHECK(late_ && !ended_, "{} has nothing that comes late, ended: {}", id.text, ended_);
  LateStatement taken = std::move(*late_);
  late_.reset();
  return taken;
}

void Session::hurry_late(Instant at) {
  SIM_CHECK(late_ && !ended_, "{} has nothing that comes at {}, ended: {}", id.text, to_text(at),
            ended_);
  late_->at = at;
}

void Session::survive_until(Instant until) {
  SIM_CHECK(!ended_, "{} has ended and survives until {}", id.text, to_text(until));
  survives_until_ = until;
}

void Session::give_client_up() {
  SIM_CHECK(!ended_, "{} has ended, and its client is given up", id.text);
  survives_until_.reset();
  late_.reset();
}

void Session::fail_next(const Fault& fault) {
  SIM_CHECK(!broken_ && !fault.error.empty(), "{} is to fail by {}, broken: {}", id.text,
            fault.name, broken_);
  fails_with_ = &fault;
}

void Session::break_off() {
  SIM_CHECK(!broken_, "{} breaks twice, ended: {}", id.text, ended_);
  broken_ = true;
}

void Session::set(Writes writes) {
  std::string& before = backend_->writes_before;
  const bool wanted = writes == Writes::read_only, overridden = !before.empty();
  if (wanted == overridden || in_transaction()) return;
  // One that was ended just now learns of it from the statement itself.
  if (activity() == Activity::gone) return;
  const std::string setting = "default_transaction_read_only";
  backend_->settings.reset();
  if (wanted) before = value_at(ask("SHOW " + setting).get(), 0, 0).value_or("off");
  ask(fmt::format("SET {} = {}", setting, wanted ? "on" : before));
  if (!wanted) before.clear();
}

RawResult Session::ask(const std::string& sql) {
  clock_.about_to_send(backend_->slot);
  RawResult result = raw_query(backend_->connection, sql);
  settle();
  return result;
}

}  // namespace fencepost
