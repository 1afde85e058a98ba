#include "sim/server/guard.hpp"

#include <fmt/format.h>
#include <signal.h>

#include "sim/server/data_directory.hpp"
#include "sim/server/server_end.hpp"

namespace fencepost {
namespace {

constexpr std::chrono::milliseconds kPeriod{100};
/// What is under way when the user wants to stop may come to its own end first.
constexpr int kGraceSamples = 10;
/// Between the end of a connection and that of the server that a crash brings about.
constexpr std::chrono::milliseconds kCrash{500};

}  // namespace

Guard::Guard(const std::filesystem::path& folder, pid_t postmaster, Limits limits)
    : folder_(folder),
      postmaster_(postmaster),
      limits_(limits),
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
  if (!belongs_to_server(postmaster_, folder_)) return "the private server came to an end";
  stopped_ += limits_.stopped != nullptr && limits_.stopped() ? 1 : 0;
  if (stopped_ > kGraceSamples) return "stopped";
  if (!computes_for_too_long()) return "";
  return fmt::format("a statement computed for more than {} s (--patience)", limits_.seconds);
}

// Samples are counted, and not the time itself: a machine that slept has not computed.
bool Guard::computes_for_too_long() {
  std::map<int, Turn> now;
  for (const auto& [pid, number] : clock_.running()) {
    const auto before = turns_.find(pid);
    const bool same = before != turns_.end() && before->second.number == number;
    now[pid] = {number, same ? before->second.samples + 1 : 0};
  }
  turns_ = std::move(now);
  for (const auto& [pid, turn] : turns_)
    if (turn.samples * kPeriod >= limits_.patience() && belongs_to_server(pid, folder_))
      return true;
  return false;
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
