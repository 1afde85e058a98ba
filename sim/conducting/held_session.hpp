// A connection of a real worker to the private server, whose requests are held until somebody lets
// them go, and whose answers are kept until somebody delivers them.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/server/server_clock.hpp"
#include "sim/wire/requests.hpp"

namespace fencepost {

/// Which session of which worker; what the server knows it as, and draws its random bytes from.
struct SessionName {
  int worker = 0;  ///< from 0
  int number = 0;  ///< of the worker's, from 1
  int process = 0;
  std::uint64_t seed = 0;
};

/// Both ends of it.
class HeldSession {
 public:
  /// Takes the client's end of a connection that has come. `server` is the server's Unix socket.
  HeldSession(ServerClock& clock, std::string server, int client, SessionName name);
  ~HeldSession();
  HeldSession(const HeldSession&) = delete;
  HeldSession& operator=(const HeldSession&) = delete;

  const SessionName& name() const { return name_; }
  /// Its slot, as long as the server has it, which may be longer than the worker does; nullopt: it
  /// has not begun, or is over.
  std::optional<Slot> slot() const;
  /// Takes what the worker has sent. True: there was something. What needs no choice is answered.
  bool collect();
  /// The request that waits to be let go; nullptr: none, or the one before is not answered yet.
  const ClientRequest* held() const;
  /// Lets it go. Precondition: there is one.
  void let_go();
  /// What was let go last, as a line.
  const std::string& asked() const { return asked_; }
  /// The same, statement by statement.
  const std::vector<SentStatement>& sent() const { return sent_; }
  /// Takes what the server has said; nullopt: nothing.
  std::optional<ServerAnswer> gather();
  /// Hands the worker what was kept for it. True: there was something.
  bool deliver();
  /// The worker has closed it, or the server has and the worker was told.
  bool is_over() const { return client_ < 0; }

 private:
  void begin(const Startup& startup);
  bool read_startup();
  void close_server();
  void close_client();

  ServerClock& clock_;
  const std::string server_path_;
  const SessionName name_;
  int client_ = -1, server_ = -1;
  std::string from_client_, from_server_, to_client_, asked_;
  std::optional<Slot> slot_;
  std::deque<ClientRequest> requests_;
  std::map<std::string, PreparedText> prepared_;
  std::vector<SentStatement> sent_;
  bool begun_ = false, busy_ = false, server_gone_ = false;
};

}  // namespace fencepost
