#include "sim/server/server_clock.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "sim/process/child_process.hpp"
#include "sim/server/shim_shared.h"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Classes of PostgreSQL's wait events (wait_event.h, the same in 14 to 18); the class is the top
/// byte.
constexpr std::uint32_t client_read = 0x06000000;
constexpr std::uint32_t client_write = 0x06000001;
constexpr std::uint32_t lock_class = 3;
constexpr std::uint32_t timeout_class = 9;

/// 2000-01-02, just after PostgreSQL's own epoch, and a hundred Julian years after ours.
constexpr Instant kEarliest{std::chrono::seconds{946'771'200 - FENCEPOST_EPOCH / 1'000'000}};
constexpr Instant kLatest{std::chrono::hours{24 * 36'525}};

/// Since the last whole tick; never negative.
Duration beyond_tick(Instant instant, Duration tick) {
  const Duration rest = instant.time_since_epoch() % tick;
  return rest < 0us ? rest + tick : rest;
}

void wake_all(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool quiet(const shim_slot& slot) {
  return slot.state == SLOT_WAITING && slot.in_flight == 0 && slot.acked == slot.wakes &&
         (slot.heard == slot.sends || slot.wait_event != client_read);
}

/// A new page is filled before it gets its name, so that nobody maps half a page.
void create_page(const std::string& file, SlotCount slots) {
  const std::string draft = file + ".new";
  const int descriptor = open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  shim_shared page{};
  page.magic = FENCEPOST_PAGE_MAGIC;
  page.size = page_bytes(slots.count);
  page.slot_count = slots.count;
  page.clock = FENCEPOST_EPOCH;
  page.mode = MODE_SIMULATED;
  const auto size = static_cast<off_t>(page.size);
  int error = descriptor < 0 ? errno : posix_fallocate(descriptor, 0, size);
  if (error == 0 && (pwrite(descriptor, &page, sizeof page, 0) != ssize_t{sizeof page} ||
                     rename(draft.c_str(), file.c_str()) != 0))
    error = errno;
  if (descriptor >= 0) close(descriptor);
  if (error != 0)
    throw EnvironmentError(file + ": the clock page can't be made: " + std::strerror(error));
}

shim_shared* map_page(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0)
    throw EnvironmentError(file + ": " + std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  SIM_CHECK(size >= sizeof(shim_shared), "{} has {} bytes", file, size);
  void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (address == MAP_FAILED) throw EnvironmentError(file + ": " + std::strerror(errno));
  auto* page = static_cast<shim_shared*>(address);
  SIM_CHECK(page->magic == FENCEPOST_PAGE_MAGIC && page->size == size &&
                size == page_bytes(page->slot_count),
            "{} is of another version: magic {:x}, {} bytes", file, page->magic, size);
  return page;
}

}  // namespace

ServerClock::ServerClock(const std::string& file, Patience patience, SlotCount slots)
    : patience_(patience) {
  if (access(file.c_str(), F_OK) != 0) create_page(file, slots);
  page_ = map_page(file);
  now_ = Instant{Duration{page_->clock - FENCEPOST_EPOCH}};
}

ServerClock::~ServerClock() { munmap(page_, page_->size); }

std::span<shim_slot> ServerClock::slots() const { return {slots_of(page_), page_->slot_count}; }

void ServerClock::show() { page_->clock = FENCEPOST_EPOCH + shown().time_since_epoch().count(); }

Instant ServerClock::shown() const {
  if (frozen_) return *frozen_;
  const Instant exact = now_ + offset_;
  return tick_ > 0us ? exact - beyond_tick(exact, tick_) : exact;
}

// Clamped before it is added, because a replayed step may be as long as a number can be.
Duration ServerClock::step(Duration by) {
  const Instant before = frozen_ ? *frozen_ : now_ + offset_;
  const Duration applied = std::clamp(by, kEarliest - before, kLatest - before);
  if (frozen_)
    *frozen_ += applied;
  else
    offset_ += applied;
  show();
  return applied;
}

void ServerClock::thaw() {
  if (!frozen_) return;
  offset_ = *frozen_ - now_;
  frozen_.reset();
  show();
}

void ServerClock::follow() {
  offset_ = tick_ = 0us;
  frozen_.reset();
  show();
}

std::optional<Instant> ServerClock::when_shown(Instant instant) const {
  if (instant <= shown()) return std::min(now_, instant - offset_);
  if (frozen_) return std::nullopt;
  const Duration early = tick_ > 0us ? beyond_tick(instant, tick_) : 0us;
  return instant + (early > 0us ? tick_ - early : 0us) - offset_;
}

std::optional<Slot> ServerClock::find_slot(int process) const {
  const std::span<shim_slot> all = slots();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t place = (static_cast<std::size_t>(process) + i) % all.size();
    if (all[place].number == process) return Slot{static_cast<int>(place), all[place].generation};
  }
  return std::nullopt;
}

Slot ServerClock::slot_of(int process) const {
  if (const std::optional<Slot> slot = find_slot(process)) return *slot;
  throw HarnessError(fmt::format(
      "process {} has no slot: it is no backend of this server, or has exited", process));
}

void ServerClock::number_next(int number) {
  SIM_CHECK(number > HIGHEST_PID, "number {} may be a process", number);
  const auto has_it = [&](const shim_slot& slot) { return slot.number == number; };
  for (auto waited = 0ms; std::ranges::any_of(slots(), has_it); waited += 1ms) {
    if (!alive(page_->postmaster)) throw EnvironmentError("the private server has ended");
    if (waited >= patience_.length)
      throw EnvironmentError(
          fmt::format("process {} of the private server is over, but does not end", number));
    poll(nullptr, 0, 1);
  }
  page_->next_number = number;
}

void ServerClock::place_next_beside(int process) {
  number_next(BESIDE_NUMBER);
  page_->beside = process;
}

/// Who has it now is another matter: see pid_of.
shim_slot& ServerClock::slot_at(Slot slot) const {
  const auto number = static_cast<std::size_t>(slot.number);
  SIM_CHECK(number < slots().size(), "slot {} of {}", slot.number, slots().size());
  return slots()[number];
}

int ServerClock::pid_of(Slot slot) const {
  const shim_slot& shared = slot_at(slot);
  return shared.generation == slot.generation ? std::max(shared.pid.load(), 0) : 0;
}

Activity ServerClock::activity(Slot slot) const {
  if (pid_of(slot) == 0) return Activity::gone;
  const shim_slot& shared = slot_at(slot);
  if (shared.state == SLOT_HELD) return Activity::held;
  if (!quiet(shared)) return Activity::running;
  const std::uint32_t event = shared.wait_event;
  if (event == client_read) return Activity::idle;
  if (event == client_write) return Activity::sending;
  if (event >> 24 == lock_class) return Activity::lock;
  if (event >> 24 == timeout_class) return Activity::timeout;
  return Activity::other;
}

void ServerClock::about_to_send(Slot slot) {
  if (pid_of(slot) != 0) ++slot_at(slot).sends;
}

void ServerClock::signal(Slot slot, int signal_number) {
  const int pid = pid_of(slot);
  if (pid == 0) return;
  shim_slot& shared = slot_at(slot);
  ++shared.in_flight;
  ++shared.wakes;
  const int error = kill(pid, signal_number) == 0 ? 0 : errno;
  --shared.in_flight;
  if (error != 0 && error != ESRCH)
    throw EnvironmentError(fmt::format("signal {} can't be sent to the server's process {}: {}",
                                       signal_number, pid, std::strerror(error)));
}

bool ServerClock::still(Slot slot) const {
  const Activity activity = this->activity(slot);
  if (activity != Activity::other) return activity != Activity::running;
  return std::ranges::all_of(slots(), [](const shim_slot& shared) {
    return shared.pid <= 0 || shared.state == SLOT_HELD || quiet(shared);
  });
}

/// A backend that was killed without a chance to say so.
void ServerClock::forget_dead() const {
  for (shim_slot& slot : slots()) {
    std::int32_t pid = slot.pid;
    if (pid > 0 && !quiet(slot) && !alive(pid)) slot.pid.compare_exchange_strong(pid, SLOT_FREED);
  }
}

bool ServerClock::settle(const Slot* slots, int count) const {
  SIM_CHECK(count >= 0 && (count == 0 || slots != nullptr), "{} slots", count);
  shim_shared& page = *page_;
  std::chrono::milliseconds waited{0}, slice{1};
  for (;;) {
    const std::uint32_t seen = page.event;
    if (std::all_of(slots, slots + count, [this](Slot slot) { return still(slot); }))
      return std::none_of(slots, slots + count,
                          [this](Slot slot) { return activity(slot) == Activity::sending; });
    const timespec limit{slice.count() / 1000, slice.count() % 1000 * 1'000'000};
    page.listening = 1;
    const long result = syscall(SYS_futex, &page.event, FUTEX_WAIT, seen, &limit, nullptr, 0);
    const bool timed_out = result != 0 && errno == ETIMEDOUT;
    page.listening = 0;
    waited = timed_out ? waited + slice : 0ms;
    slice = timed_out ? std::min(slice * 2, std::chrono::milliseconds{500}) : 1ms;
    if (timed_out) forget_dead();
    if (waited < patience_.length) continue;
    std::string all;
    for (int i = 0; i < count; ++i) all += (i == 0 ? ": " : "; ") + describe(slots[i]);
    throw HarnessError(fmt::format("the server's sessions did not come to rest in {} ms{}",
                                   patience_.length.count(), all));
  }
}

std::string ServerClock::describe(Slot slot) const {
  const shim_slot& shared = slot_at(slot);
  return fmt::format(
      "slot {}: pid {}, state {}, wait event {:08x}, wakes {}, acked {}, in flight {}", slot.number,
      shared.number.load(), shared.state.load(), shared.wait_event.load(), shared.wakes.load(),
      shared.acked.load(), shared.in_flight.load());
}

void ServerClock::close_barrier(Slot slot) {
  if (pid_of(slot) != 0) slot_at(slot).hold = HOLD_LOCK | HOLD_COMMITTED;
}

void ServerClock::hold_commits(Slot slot) {
  if (pid_of(slot) != 0) slot_at(slot).hold |= HOLD_COMMIT;
}

void ServerClock::let_commit(Slot slot) {
  if (pid_of(slot) == 0) return;
  slot_at(slot).hold &= ~std::uint32_t{HOLD_COMMIT};
  if (activity(slot) == Activity::held && held_at(slot) == Place::commit) release(slot);
}

Place ServerClock::held_at(Slot slot) const {
  const std::uint32_t place = slot_at(slot).held_at;
  SIM_CHECK(activity(slot) == Activity::held && place != 0, "{} is not held", describe(slot));
  if (place == HOLD_LOCK) return Place::lock;
  return place == HOLD_COMMIT ? Place::commit : Place::committed;
}

void ServerClock::open_barrier(Slot slot) {
  if (pid_of(slot) == 0) return;
  slot_at(slot).hold = 0;
  release(slot);
}

/// The slot is running from here on, not only when its process has the processor: settle must wait
/// for it.
void ServerClock::release(Slot slot) {
  if (pid_of(slot) == 0) return;
  shim_slot& shared = slot_at(slot);
  std::uint32_t held = SLOT_HELD;
  if (!shared.state.compare_exchange_strong(held, SLOT_RUNNING)) return;
  ++shared.released;
  wake_all(shared.released);
}

std::optional<Instant> ServerClock::due(Slot slot) const {
  const shim_slot& shared = slot_at(slot);
  if (pid_of(slot) == 0 || activity(slot) == Activity::running) return std::nullopt;
  std::int64_t nearest = 0;
  for (const std::int64_t at : {shared.timeout_at.load(), shared.sleep_until.load()})
    if (at != 0 && (nearest == 0 || at < nearest)) nearest = at;
  if (nearest == 0) return std::nullopt;
  return when_shown(Instant{Duration{nearest - FENCEPOST_EPOCH}});
}

std::string_view ServerClock::ending_due(Slot slot) const {
  constexpr std::string_view states[] = {"", "25P03", "25P04", "57P05"};
  const std::optional<Instant> at = due(slot);
  if (!at || *at > now() || activity(slot) != Activity::idle) return "";
  return states[slot_at(slot).timeout_ends];
}

bool ServerClock::fire(Slot slot) {
  const std::optional<Instant> at = due(slot);
  if (!at || *at > now()) return false;
  signal(slot, SIGALRM);
  return true;
}

void ServerClock::end_sleep(Slot slot) {
  if (pid_of(slot) != 0) slot_at(slot).sleep_until = page_->clock.load();
  signal(slot, SIGURG);
}

std::uint64_t ServerClock::commits(Slot slot) const {
  const shim_slot& shared = slot_at(slot);
  return shared.generation == slot.generation ? shared.commits.load() : 0;
}

std::uint32_t ServerClock::forgotten(Slot slot) const { return slot_at(slot).forgotten; }
std::uint32_t ServerClock::placeholders(Slot slot) const { return slot_at(slot).placeholders; }
std::uint64_t ServerClock::definitions() const { return page_->definitions; }
bool ServerClock::excludes_readers() const { return page_->excluding != 0; }

Wrote ServerClock::take_written(const WatchedTables& watched) {
  shim_shared& page = *page_;
  const auto count = static_cast<std::uint32_t>(watched.tables.size());
  SIM_CHECK(count <= WATCHED_TABLES, "{} tables", count);
  if (page.watched_database == watched.database && page.watched_count == count &&
      std::equal(watched.tables.begin(), watched.tables.end(), page.watched))
    return {page.written.exchange(0), page.writers.exchange(0)};
  page.watched_database = watched.database;
  page.watched_count = count;
  std::copy(watched.tables.begin(), watched.tables.end(), page.watched);
  page.written = page.writers = 0;
  return {~std::uint64_t{0}, 2};
}

void ServerClock::seed(Slot slot, std::uint64_t seed) {
  if (pid_of(slot) != 0) slot_at(slot).random = seed;
}

std::uint64_t ServerClock::seed_now(Slot slot) const {
  SIM_CHECK(pid_of(slot) != 0, "slot {} has no process", slot.number);
  return slot_at(slot).random;
}

std::vector<Turn> ServerClock::turns() const {
  std::vector<Turn> all;
  for (const shim_slot& slot : slots()) {
    const std::uint32_t kind = slot.wait_event >> 24;
    const bool runs = slot.state == SLOT_RUNNING;
    const bool waits = slot.state == SLOT_WAITING && (kind == lock_class || kind == timeout_class);
    if (const int pid = slot.pid; pid > 0 && (runs || waits))
      all.push_back({pid, std::uint64_t{slot.wakes + slot.sends} << 32 | slot.acked, runs});
  }
  return all;
}

std::vector<int> ServerClock::processes() const {
  std::vector<int> pids;
  for (const shim_slot& slot : slots())
    if (const int pid = slot.pid; pid > 0 && alive(pid)) pids.push_back(pid);
  return pids;
}

void ServerClock::return_to_real_time() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  page_->ahead = page_->clock - (now.tv_sec * 1'000'000 + now.tv_nsec / 1'000);
  page_->mode = MODE_REAL;
  for (shim_slot& slot : slots()) {
    slot.hold = 0;
    ++slot.released;
    wake_all(slot.released);
    if (slot.pid > 0) kill(slot.pid, SIGURG);
  }
}

}  // namespace fencepost
