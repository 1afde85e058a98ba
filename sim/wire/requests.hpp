// What a client asks at once, and what it is answered: messages put together, and as one line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/wire/messages.hpp"

namespace fencepost {

/// What a server begins with when it has come, and the client waits for: a Query or FunctionCall,
/// or everything up to a Sync or Flush.
struct ClientRequest {
  std::vector<Message> messages;

  std::string bytes() const;
  /// For people and digests: statements, and parameters as they were sent.
  std::string line() const;
  /// Whether a ReadyForQuery comes back. Not of a Flush, of data of a COPY, or of the end.
  bool is_answered() const;
  /// The client goes.
  bool is_end() const;
};
/// Takes one off the front of what a client has sent in a session that has begun; nullopt: it is
/// not whole yet. Throws WireError.
std::optional<ClientRequest> take_request(std::string& come);

/// What a server has said so far.
struct ServerAnswer {
  std::string line;  ///< for people and digests
  int rows = 0;
  bool is_ready = false;    ///< for the next request
  bool wants_data = false;  ///< of a COPY
};
/// One message of it.
void add_to(ServerAnswer& answer, const Message& message);

}  // namespace fencepost
