#include "sim/conducting/conductor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "model/hash.hpp"
#include "sim/server/shim_shared.h"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What libpq and others look for in a folder that they are given as a host.
constexpr const char* kSocketName = ".s.PGSQL.5432";

int listener_at(const std::filesystem::path& path) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  SIM_CHECK(name.size() < sizeof address.sun_path, "{}", name);
  std::memcpy(address.sun_path, name.data(), name.size());
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, SOMAXCONN) != 0)
    throw EnvironmentError(fmt::format("{} can't be listened on: {}", name, std::strerror(errno)));
  return listener;
}

}  // namespace

struct Conductor::Worker {
  int listener = -1;
  int connections = 0;
  std::optional<TracedTree> tree;
  std::optional<Instant> stands_until;
  bool told = false;  ///< that it has ended

  ~Worker() {
    if (listener >= 0) close(listener);
  }
};

Conductor::Conductor(ServerClock& clock, Conducted conducted)
    : clock_(clock), conducted_(std::move(conducted)), begin_(clock.now()) {
  for (std::size_t i = 0; i < conducted_.workers.size(); ++i) begin_worker(static_cast<int>(i));
}

Conductor::~Conductor() {
  for (const auto& worker : workers_) worker->tree.reset();
}

void Conductor::begin_worker(int number) {
  const std::filesystem::path place = conducted_.folder / fmt::format("w{}", number);
  std::filesystem::remove_all(place);
  std::filesystem::create_directories(place);
  auto worker = std::make_unique<Worker>();
  worker->listener = listener_at(place / kSocketName);
  TracedCommand command;
  command.arguments = conducted_.workers[static_cast<std::size_t>(number)];
  command.environment = conducted_.environment;
  command.environment.emplace_back("PGHOST", place.string());
  command.output = output(number);
  command.seed = fnv1a(fmt::format("worker {}", number), conducted_.seed);
  command.stopped = conducted_.stopped;
  worker->tree.emplace(std::move(command));
  worker->tree->set_clock(clock_.now());
  workers_.push_back(std::move(worker));
}

void Conductor::tell(const std::string& line) {
  const auto at = elapsed().count();
  lines_.push_back(fmt::format("{:>6}.{:06} {}", at / 1'000'000, at % 1'000'000, line));
}

void Conductor::tell(const HeldSession& session, const std::string& line) {
  tell(fmt::format("w{}/{} {}", session.name().worker + 1, session.name().number, line));
}

bool Conductor::stands(const Worker& worker) const {
  return worker.stands_until && *worker.stands_until > clock_.now();
}

/// Until nobody can go on by himself: workers, then what they sent, and what the server said.
void Conductor::settle() {
  do {
    deliver();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = *workers_[i];
      worker.tree->settle();
      if (!worker.tree->status() || std::exchange(worker.told, true)) continue;
      tell(fmt::format("w{} has ended with status {}", i + 1, *worker.tree->status()));
    }
  } while (collect() || gather());
}

/// Connections that have come are taken by the order of their processes' birth, not in the order
/// in which processes that run beside each other happened to connect.
bool Conductor::take_connections(int number) {
  Worker& worker = *workers_[static_cast<std::size_t>(number)];
  std::vector<std::pair<Lineage, int>> come;
  for (int client = -1; (client = accept4(worker.listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    ucred peer{};
    socklen_t size = sizeof peer;
    getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    come.emplace_back(worker.tree->lineage_of(peer.pid), client);
  }
  std::stable_sort(come.begin(), come.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [lineage, client] : come) {
    const int session = ++worker.connections;
    const auto process = FIRST_SESSION + static_cast<int>(sessions_.size());
    const std::uint64_t seed =
        fnv1a(fmt::format("session {}/{}", number, session), conducted_.seed);
    sessions_.emplace_back(clock_, conducted_.server, client,
                           SessionName{number, session, process, seed});
  }
  return !come.empty();
}

bool Conductor::collect() {
  bool any = false;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    any = take_connections(static_cast<int>(i)) || any;
  for (HeldSession& session : sessions_) {
    if (!session.collect()) continue;
    any = true;
    if (session.is_over()) tell(session, "is closed");
  }
  return any;
}

bool Conductor::gather() {
  bool any = false;
  for (HeldSession& session : sessions_) {
    const std::optional<ServerAnswer> answer = session.gather();
    if (!answer) continue;
    any = true;
    tell(session, "<-" + answer->line);
    if (conducted_.on_answered) conducted_.on_answered(session, *answer);
    strike(session, *answer);
  }
  return any;
}

bool Conductor::deliver() {
  bool any = false;
  for (HeldSession& session : sessions_)
    if (!stands(*workers_[static_cast<std::size_t>(session.name().worker)]))
      any = session.deliver() || any;
  return any;
}

void Conductor::strike(HeldSession& session, const ServerAnswer& answer) {
  const auto number = session.name().worker;
  const auto found = std::find_if(
      conducted_.faults.begin(), conducted_.faults.end(), [&](const WorkerFault& fault) {
        return fault.worker.value_or(number) == number && answer.rows > 0 &&
               session.asked().find(fault.statement) != std::string::npos;
      });
  if (found == conducted_.faults.end()) return;
  Worker& worker = *workers_[static_cast<std::size_t>(number)];
  if (found->stall) {
    worker.stands_until = clock_.now() + *found->stall;
    tell(session, fmt::format("stands still for {} us", found->stall->count()));
  } else {
    worker.tree->kill();
    tell(session, "is killed");
  }
  conducted_.faults.erase(found);
}

/// A server whose clients do not read waits for that; what it says is taken meanwhile.
void Conductor::settle_server() {
  for (bool still = false; !still;) {
    std::vector<Slot> slots;
    for (const HeldSession& session : sessions_)
      if (const auto slot = session.slot()) slots.push_back(*slot);
    still = clock_.settle(slots.data(), static_cast<int>(slots.size()));
    if (!still) gather();
  }
}

void Conductor::set_clock(Instant now) {
  clock_.set(now);
  for (const auto& worker : workers_)
    if (!stands(*worker)) worker->tree->set_clock(now);
}

Stepped Conductor::step() {
  settle();
  std::vector<HeldSession*> ready;
  for (HeldSession& session : sessions_)
    if (session.held() != nullptr &&
        !stands(*workers_[static_cast<std::size_t>(session.name().worker)]))
      ready.push_back(&session);
  if (ready.empty()) return pass_time();
  set_clock(clock_.now() + Duration{1});
  HeldSession& next = *ready[conducted_.pick(ready.size())];
  next.let_go();
  tell(next, "-> " + next.asked());
  if (conducted_.on_sent) conducted_.on_sent(next);
  settle_server();
  return Stepped::request;
}

std::optional<Instant> Conductor::next_due() const {
  std::optional<Instant> next;
  const auto take = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const auto& worker : workers_)
    take(stands(*worker) ? worker->stands_until : worker->tree->next_wake());
  for (const HeldSession& session : sessions_)
    if (const auto slot = session.slot()) take(clock_.due(*slot));
  return next;
}

Stepped Conductor::pass_time() {
  const std::optional<Instant> next = next_due();
  if (!next) return Stepped::nobody;
  set_clock(std::max(*next, clock_.now()));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    if (!worker.stands_until || stands(worker)) continue;
    worker.stands_until.reset();
    tell(fmt::format("w{} goes on", i + 1));
  }
  for (const HeldSession& session : sessions_)
    if (const auto slot = session.slot()) clock_.fire(*slot);
  settle_server();
  return Stepped::time;
}

std::optional<int> Conductor::status(int worker) const {
  return workers_[static_cast<std::size_t>(worker)]->tree->status();
}
const std::vector<std::string>& Conductor::strange(int worker) const {
  return workers_[static_cast<std::size_t>(worker)]->tree->strange();
}
std::filesystem::path Conductor::output(int worker) const {
  return conducted_.folder / fmt::format("w{}", worker) / "output";
}

std::uint64_t Conductor::digest() const {
  std::uint64_t hash = fnv1a("");
  for (const std::string& line : lines_) hash = fnv1a(line + "\n", hash);
  return hash;
}

}  // namespace fencepost
