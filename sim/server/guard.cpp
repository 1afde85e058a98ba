#include "sim/server/guard.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "sim/server/data_directory.hpp"
#include "sim/server/server_end.hpp"

namespace fencepost {
namespace {

constexpr std::chrono::milliseconds kPeriod{100};
/// What is under way when the user wants to stop may come to its own end first.
constexpr int kGraceSamples = 10;
/// Between the end of a connection and that of the server that a crash brings about.
constexpr std::chrono::milliseconds kCrash{500};
/// A session of fencepost's own is given nothing else to do meanwhile: neither time nor a worker
/// goes on.
constexpr std::chrono::seconds kOwnWait{2};

bool is_own_session(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline");
  std::string title;
  std::getline(file, title, '\0');
  return title.starts_with(fmt::format("postgres: {} ", kSuperuser));
}

/// What the server said when it could not go on, as a part of a sentence.
std::string last_words(const std::filesystem::path& folder) {
  constexpr std::string_view panic = "PANIC:  ";
  std::ifstream file(log_of(folder));
  std::string words;
  for (std::string line; std::getline(file, line);)
    if (const auto at = line.find(panic); at != std::string::npos)
      words = ": " + line.substr(at + panic.size());
  return words;
}

}  // namespace

Guard::Guard(const std::filesystem::path& folder, pid_t postmaster, Limits limits)
    : folder_(folder),
      postmaster_(postmaster),
      limits_(std::move(limits)),
      clock_(clock_of(folder).string()),
      thread_([this] { look_after(); }) {}

Guard::~Guard() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::optional<std::string> Guard::lost() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kCrash, [&] { return !why_.empty(); });
  return why_.empty() ? std::nullopt : std::optional(why_);
}

void Guard::look_after() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kPeriod, [&] { return closing_; })) {
    lock.unlock();
    const std::string why = reason_to_end();
    if (!why.empty()) end(why);
    lock.lock();
    if (!why.empty()) return;
  }
}

std::string Guard::reason_to_end() {
  if (!belongs_to_server(postmaster_, folder_))
    return "the private server came to an end" + last_words(folder_);
  stopped_ += limits_.stopped != nullptr && limits_.stopped() ? 1 : 0;
  if (stopped_ > kGraceSamples) return "stopped";
  const std::optional<Turn> endless = endless_turn();
  if (!endless) return "";
  if (endless->computes)
    return fmt::format("a statement computed for more than {} s (--patience)", limits_.seconds);
  return "a statement of fencepost's own waited for a lock or a moment that could not come "
         "meanwhile (let what it observes, loads or computes not sleep, nor look at tables that "
         "several workers have locked at once, or a prepared transaction has)";
}

// Samples are counted, and not the time itself: a machine that slept has not computed.
std::optional<Turn> Guard::endless_turn() {
  Seen now;
  std::optional<Turn> endless;
  for (const Turn& turn : clock_.turns()) {
    const auto before = seen_.find(turn.pid);
    const bool same = before != seen_.end() && before->second.first == turn.number;
    const int samples = same ? before->second.second + 1 : 0;
    now[turn.pid] = {turn.number, samples};
    const auto limit = turn.computes ? limits_.patience() : kOwnWait;
    if (samples * kPeriod >= limit && belongs_to_server(turn.pid, folder_) &&
        (turn.computes || is_own_session(turn.pid)))
      endless = turn;
  }
  seen_ = std::move(now);
  return endless;
}

// Whoever waits for an answer gets the end of its connection, and asks why: that is known first.
void Guard::end(const std::string& why) {
  std::unique_lock lock(mutex_);
  why_ = why;
  changed_.notify_all();
  if (belongs_to_server(postmaster_, folder_)) kill(postmaster_, SIGQUIT);
  for (int i = 0; i < 5 && !clock_.processes().empty(); ++i)
    changed_.wait_for(lock, kPeriod, [&] { return closing_; });
  if (belongs_to_server(postmaster_, folder_)) kill(postmaster_, SIGKILL);
  for (const int pid : clock_.processes())
    if (belongs_to_server(pid, folder_)) kill(pid, SIGKILL);
}

}  // namespace fencepost
