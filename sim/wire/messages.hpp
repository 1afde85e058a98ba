// PostgreSQL's protocol 3 ("Frontend/Backend Protocol" in its manual), as somebody between a client
// and a server reads it: bytes in, messages out. No sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fencepost {

/// What came is not of this protocol; the connection is of no more use.
struct WireError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a client says first, before messages have kinds.
struct Startup {
  enum class Wants { session, encryption, cancel };
  Wants wants = Wants::session;
  std::string bytes;                            ///< as it came, to be passed on
  std::map<std::string, std::string> settings;  ///< of a session: "user", "database", …
};
/// Takes it off the front of what has come; nullopt: it is not whole yet. Throws WireError for what
/// no client of PostgreSQL says.
std::optional<Startup> take_startup(std::string& come);

/// A message of either side.
struct Message {
  char kind = 0;  ///< its letter in the manual
  std::string body;

  /// With its length, as it is sent.
  std::string bytes() const;
};
/// Takes one off the front of what has come; nullopt: it is not whole yet. Throws WireError where
/// it is longer than that.
std::optional<Message> take_message(std::string& come, std::size_t longest);

/// A field of an ErrorResponse or NoticeResponse ('C': its SQLSTATE, 'M': its text); empty: none.
std::string_view field_of(const Message& message, char field);
/// The number that a server knows a session as, which its BackendKeyData says. Throws WireError.
int process_of(const Message& key_data);
/// The ErrorResponse that ends a session.
Message fatal_error(std::string_view sqlstate, std::string_view text);
/// Asks a client for a password in clear text.
Message ask_for_password();

/// A server's messages on their way to its client. Those of some kinds are looked at, whole; all
/// others pass as they come, whatever their length.
class Passage {
 public:
  /// Whether a message is passed on.
  using Look = std::function<bool(const Message& message)>;
  /// `looked_at`: letters.
  Passage(std::string looked_at, Look look);
  /// Takes what has come, and appends to `onward` what is passed on.
  void take(std::string_view come, std::string& onward);

 private:
  std::string looked_at_;
  Look look_;
  std::string held_;      ///< the beginning of a message, or one that is looked at, so far
  std::size_t rest_ = 0;  ///< bytes that a message still has which passes
};

}  // namespace fencepost
