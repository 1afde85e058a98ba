// How long a check's scenarios took, in real time: told to people on stderr, and in no report.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace fencepost {

/// May be used by several lanes at once.
class WorkTimes {
 public:
  /// Counts from now until what it returns is dropped.
  std::shared_ptr<void> begin(const std::string& scenario);
  /// Of what was begun and is not over, the first: what everything waits for; empty: nothing is.
  std::string oldest() const;
  /// "60 histories in 3.1 s, making small included; slowest: stall-past-lease (1.2 s), …": the
  /// slowest three. `included` is what else took its time; empty: nothing.
  std::string text(std::int64_t histories, std::chrono::milliseconds altogether,
                   std::string_view included) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::chrono::milliseconds> taken_;
  std::map<std::int64_t, std::string> running_;  ///< by how many were begun before
  std::int64_t begun_ = 0;
};

}  // namespace fencepost
