// Stands between programs of the user's and the private server: takes connections on this machine's
// loopback, because not every driver knows Unix sockets, passes on what both sides say, and counts
// every wake-up, so that it can be known when the server is still.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/server/server_clock.hpp"
#include "sim/wire/messages.hpp"

namespace fencepost {

/// Who is let in.
struct Entrance {
  std::string server;      ///< the server's Unix socket
  std::string password;    ///< what every client must say, because others share the loopback
  std::string nobodys;     ///< a role that is fencepost's own
  std::uint64_t seed = 1;  ///< sessions draw their random bytes from it, each its own
};

/// A session that waits, in simulated time, until the clock is there.
struct Wish {
  Slot who;
  std::int64_t until = 0;  ///< Unix microseconds, as the server's clock shows it
};

/// The SQLSTATE of the INFO that says a wish, which no client sees: its text is the microseconds.
constexpr std::string_view kWishes = "FP001";

/// Whether what clients say is passed on, or waits in their sockets.
enum class Clients { heard, held_back };

/// All connections to one server.
class Proxy {
 public:
  /// Listens on a port of 127.0.0.1 that the kernel picks. Borrows the clock. Throws
  /// EnvironmentError where there is none.
  Proxy(ServerClock& clock, Entrance entrance);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return port_; }
  /// Waits until something comes, but at most that long, and moves it on. False: nothing came.
  bool move(std::chrono::microseconds at_most, Clients clients);
  /// The server's sessions, in the order in which they began, with those whose clients have gone
  /// and that have not noticed yet.
  const std::vector<Slot>& sessions();
  /// Whether there are some that begin, or cancel, just now, and wait for nobody.
  bool some_begin() const;
  /// From here on it counts who is told something.
  void begin_to_tell();
  /// Whether a client has not read yet what it was told since then.
  bool some_are_behind() const;
  /// What was wished since this was last asked.
  std::vector<Wish> take_wishes();

 private:
  struct Connection;
  void accept_one();
  void begin(Connection& connection);
  void begin_session(Connection& connection, const std::string& startup);
  void refuse(Connection& connection, std::string_view sqlstate, std::string_view text);
  bool look(Connection& connection, const Message& message);
  void from_client(Connection& connection);
  void from_server(Connection& connection);
  void send_on(Connection& connection);
  void drop_server(Connection& connection);

  ServerClock& clock_;
  const Entrance entrance_;
  int listener_ = -1;
  int port_ = 0;
  std::uint64_t begun_ = 0;  ///< sessions so far
  bool full_ = false;        ///< no descriptor is left for one more
  std::list<Connection> connections_;
  std::vector<Slot> backends_;
  std::vector<Wish> wishes_;
};

}  // namespace fencepost
