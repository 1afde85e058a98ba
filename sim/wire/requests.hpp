// What a client asks at once, and what it is answered: messages put together, and as one line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

/// A statement as it is run: its text, and what its parameters are.
struct SentStatement {
  std::string sql;
  std::vector<std::string> values;
};
/// What a session has prepared, by name: texts, and the types that the client said (by the numbers
/// of pg_type, 0: none).
struct PreparedText {
  std::string sql;
  std::vector<std::int64_t> types;
};
/// Those of a request. `prepared` is what the session has prepared so far, and is kept up. Values
/// that are no text are told as text where they are numbers, truths, texts or UUIDs.
std::vector<SentStatement> statements_of(const ClientRequest& request,
                                         std::map<std::string, PreparedText>& prepared);

/// What a server has said so far.
struct ServerAnswer {
  /// A column of the rows that come; its name is empty where the client knew it before.
  struct Column {
    std::string name;
    std::int64_t type = 0;  ///< its number in pg_type
    int format = 0;         ///< 1: its values are no text
  };
  std::string line;  ///< for people and digests
  int rows = 0;
  std::string error;        ///< the first: SQLSTATE and message
  bool is_ready = false;    ///< for the next request
  bool wants_data = false;  ///< of a COPY
  std::vector<Column> columns;
  std::vector<std::pair<std::string, std::string>> values;  ///< of all rows: column and text
};
/// One message of it.
void add_to(ServerAnswer& answer, const Message& message);

}  // namespace fencepost
