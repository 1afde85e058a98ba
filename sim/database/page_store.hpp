// What a protocol's tables, indexes and sequences hold, kept and put back page by page by the shim
// in the harness's own backend (sim/server/shim_pages.c): nothing is written again that is as it
// was, no plan is lost, and what the database says afterwards is what it said before, to the last
// byte.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace fencepost {

/// The pages of all tables of one database, under a few numbers.
class PageStore {
 public:
  /// As many states can be kept.
  static constexpr int kNumbers = 16;

  /// Borrows the connection, on which nothing else may be under way during a call. Reads the
  /// catalogue once: the schema must be in place, and the schema fencepost.
  PageStore(PGconn* connection, const std::filesystem::path& shim);

  /// False where this server does not let its pages be put back, or a table is not made of such
  /// pages: nothing else may be called then.
  bool works() const { return works_; }

  /// Two states of one shape are planned alike.
  using Shape = std::int64_t;
  /// Keeps what they hold now, instead of what that number stands for; nullopt when it is too much.
  /// Nobody may be in a transaction.
  std::optional<Shape> keep(int number);

  /// What putting back met.
  enum class Found {
    same_size,   ///< nothing had grown: whatever was planned since then was planned as at the start
    other_size,  ///< some table or index had grown
    redefined,   ///< nothing was put back: tables may not be what they were made as
  };
  /// All of them hold what was kept under that number. Asked again after `redefined` it does so.
  /// Nobody may be in a transaction.
  Found put_back(int number);

 private:
  /// What stands in the way; empty: nothing.
  std::string prepare(const std::string& library);
  std::int64_t call(const char* prepared, int number);

  PGconn* connection_;
  bool works_ = false;
};

}  // namespace fencepost
