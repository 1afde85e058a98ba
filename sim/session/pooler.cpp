#include "sim/session/pooler.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// How often a client gets another backend than the one that came back last.
constexpr Chance kAnother{1, 4};

Pooling pooling_of(const World& world) {
  const Pooling& of_load = world.scenario.load.pooler;
  return of_load.mode != Pooling::Mode::none ? of_load : world.protocol.pooler;
}

const std::map<std::string, std::string>& settings_of(const Session& client) {
  return client.process.role->settings;
}

}  // namespace

Pooler::Pooler(const World& world, const Windows& windows,
               std::function<void(const Session&)> named)
    : world_(world), windows_(windows), pooling_(pooling_of(world)), named_(std::move(named)) {
  SIM_CHECK(pooling_.size > 0, "a pooler of {} backends", pooling_.size);
}

std::unique_ptr<Pooler> Pooler::of(const World& world, const Windows& windows,
                                   std::function<void(const Session&)> named) {
  if (pooling_of(world).mode == Pooling::Mode::none) return nullptr;
  return std::make_unique<Pooler>(world, windows, std::move(named));
}

const Welcome& Pooler::welcome(const Session& client) {
  if (welcome_) return *welcome_;
  const PortScope outside(nullptr);
  PGconn* const connection = open(settings_of(client)).backend->connection;
  welcome_ = {PQserverVersion(connection), PQprotocolVersion(connection),
              PQclientEncoding(connection)};
  return *welcome_;
}

Pooled& Pooler::open(const Settings& settings) {
  const int number = static_cast<int>(borrowed_.size()) + 1;
  Backend& backend = world_.backends.borrow(number, settings);
  borrowed_.push_back(&backend);
  tried_again_at_.reset();
  return *pooled_.emplace_back(std::make_unique<Pooled>(
      Pooled{&backend, number, nullptr, nullptr, ++times_back_, world_.clock.now()}));
}

std::ptrdiff_t Pooler::count_of(const Settings& settings) const {
  return std::count_if(pooled_.begin(), pooled_.end(),
                       [&](const auto& each) { return each->backend->planned_with == settings; });
}

// It learns that the server is away, or full, by trying.
bool Pooler::may_open(const Settings& settings) {
  const Instant now = world_.clock.now();
  if (count_of(settings) >= pooling_.size || (tried_again_at_ && now < *tried_again_at_))
    return false;
  const bool takes = !windows_.is_open(Window::down) && !windows_.is_open(Window::full);
  if (!takes && idle_of(settings).empty()) tried_again_at_ = now + kTriedAgainAfter;
  return takes;
}

Instant Pooler::patience(const Session& client) const {
  const Instant now = world_.clock.now();
  const bool refuses =
      tried_again_at_ && now < *tried_again_at_ && count_of(settings_of(client)) == 0;
  return refuses ? now : now + kLongestWait;
}

std::optional<Instant> Pooler::next_try() const {
  const bool comes = !waiting_.empty() && tried_again_at_ && *tried_again_at_ > world_.clock.now();
  return comes ? tried_again_at_ : std::nullopt;
}

std::optional<Instant> Pooler::too_old_at(const Pooled& pooled) const {
  if (pooling_.lifetime == 0us) return std::nullopt;
  return pooled.opened + pooling_.lifetime;
}

std::vector<Pooled*> Pooler::idle() {
  std::vector<Pooled*> idle;
  for (const auto& each : pooled_)
    if (each->client == nullptr) idle.push_back(each.get());
  return idle;
}

std::vector<Pooled*> Pooler::idle_of(const Settings& settings) {
  std::vector<Pooled*> all = idle();
  std::erase_if(all, [&](const Pooled* each) { return each->backend->planned_with != settings; });
  std::sort(all.begin(), all.end(),
            [](const Pooled* a, const Pooled* b) { return a->came_back > b->came_back; });
  return all;
}

Pooled* Pooler::next_for(const Session& client) {
  drop_gone();
  const std::vector<Pooled*> idle = idle_of(settings_of(client));
  return idle.empty() ? nullptr : idle.front();
}

// A pooler sees that the server has closed one that nobody uses.
void Pooler::drop_gone() {
  std::erase_if(pooled_, [&](const auto& each) {
    return each->client == nullptr && world_.clock.activity(each->backend->slot) == Activity::gone;
  });
}

Pooled* Pooler::choose(const Session& client) {
  drop_gone();
  const std::vector<Pooled*> idle = idle_of(settings_of(client));
  const bool opens = may_open(settings_of(client));
  Alternatives which{{}, kAnother};
  for (std::size_t i = 0; i < idle.size() + (opens ? 1 : 0); ++i)
    which.values.push_back(static_cast<std::int64_t>(i));
  if (which.values.empty()) return nullptr;
  Asker& asker = client.process.asker;
  std::size_t chosen = 0;
  if (which.values.size() > 1)
    chosen =
        static_cast<std::size_t>(asker.choose(world_.choices, "backend", client.id.text, which));
  else
    asker.pass_by("backend");
  return chosen < idle.size() ? idle[chosen] : &open(settings_of(client));
}

bool Pooler::is_first(const Session& client) const {
  const auto first = std::find_if(waiting_.begin(), waiting_.end(), [&](const Session* each) {
    return settings_of(*each) == settings_of(client);
  });
  return first == waiting_.end() || *first == &client;
}

bool Pooler::serve(Session& client) {
  SIM_CHECK(!client.linked(), "{} has backend {}, and is to get one", client.id.text, client.on());
  if (is_first(client) && link(client)) return true;
  waiting_.push_back(&client);
  return false;
}

// Whoever is served makes room for the next one of his pool.
void Pooler::serve_waiting() {
  for (std::size_t i = 0; i < waiting_.size();) {
    Session& client = *waiting_[i];
    if (is_first(client) && link(client))
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
}

// What was sent to nobody is nobody's. A lock that it holds is still that of whoever took it.
bool Pooler::link(Session& client) {
  Pooled* const chosen = choose(client);
  if (chosen == nullptr) return false;
  Pooled& pooled = *chosen;
  Backend& backend = *pooled.backend;
  {
    const PortScope outside(nullptr);
    PQconsumeInput(backend.connection);
    while (PGnotify* left = PQnotifies(backend.connection)) PQfreemem(left);
  }
  pooled.client = &client;
  client.link(backend, pooled.number);
  const bool was_used = pooled.known_as != nullptr, by_same = pooled.known_as == &client;
  const bool holds = was_used && !by_same && backend.leftovers.state &&
                     !world_.database.locks_of({backend.pid}).empty();
  if (by_same || holds) return true;
  pooled.known_as = &client;
  named_(client);
  return true;
}

Pooled* Pooler::of_client(const Session& client) {
  const auto found = std::find_if(pooled_.begin(), pooled_.end(),
                                  [&](const auto& each) { return each->client == &client; });
  return found == pooled_.end() ? nullptr : found->get();
}

void Pooler::take_back(Pooled& pooled) {
  pooled.client->take_notifications();
  pooled.client->unlink();
  pooled.client = nullptr;
  pooled.came_back = ++times_back_;
}

void Pooler::after_statement(Session& client) {
  if (pooling_.mode != Pooling::Mode::transaction || client.in_transaction()) return;
  if (Pooled* const pooled = of_client(client)) take_back(*pooled);
}

// One that stands in a transaction, or is gone, is of no use to others.
void Pooler::leave(Session& client) {
  std::erase(waiting_, &client);
  if (client.queued()) client.take_queued();
  Pooled* const pooled = of_client(client);
  if (pooled == nullptr) return;
  if (client.in_transaction() || client.activity() != Activity::idle) return forget(client);
  take_back(*pooled);
  if (pooling_.mode == Pooling::Mode::session) world_.backends.discard_all(*pooled->backend);
}

void Pooler::forget(const Session& client) {
  std::erase_if(pooled_, [&](const auto& each) { return each->client == &client; });
}

void Pooler::end(const Pooled& pooled) {
  SIM_CHECK(pooled.client == nullptr, "backend {} is ended, but {} has it", pooled.number,
            pooled.client->id.text);
  if (world_.clock.activity(pooled.backend->slot) != Activity::gone)
    end_on_server(*pooled.backend, world_.clock);
  std::erase_if(pooled_, [&](const auto& each) { return each.get() == &pooled; });
}

void Pooler::give_back() {
  for (Backend* const backend : borrowed_) world_.backends.give_back(*backend);
  borrowed_.clear();
  pooled_.clear();
  waiting_.clear();
}

}  // namespace fencepost
