#include "sim/serving/proxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "model/hash.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// A side is not read on while the other has that much to take.
constexpr std::size_t kMostWaiting = std::size_t{1} << 20;
constexpr std::size_t kLongestPassword = 10'000;
/// In turns: a session that has not begun by then waits for a lock on a catalogue.
constexpr int kBeginsFor = 2'000;

/// A descriptor, closed by itself.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  ~Socket() { reset(); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    reset(std::exchange(other.descriptor_, -1));
    return *this;
  }
  void reset(int descriptor = -1) {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = descriptor;
  }
  int get() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// Appends what has come. False: the other side is gone.
bool receive(const Socket& socket, std::string& into) {
  char buffer[1 << 16];
  const ssize_t count = recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// Sends what the other side takes now. False: it is gone.
bool send_some(const Socket& socket, std::string& bytes) {
  const ssize_t count = send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0) bytes.erase(0, static_cast<std::size_t>(count));
  return count >= 0 || errno == EAGAIN || errno == EINTR;
}

/// The ports of connections to this one whose ends have bytes to read, as the kernel tells it.
std::set<unsigned> ports_behind(unsigned connected_to) {
  std::set<unsigned> ports;
  std::ifstream sockets("/proc/net/tcp");
  unsigned own = 0, other = 0, unread = 0;
  for (std::string line; std::getline(sockets, line);)
    if (std::sscanf(line.c_str(), "%*u: %*x:%x %*x:%x %*x %*x:%x", &own, &other, &unread) == 3 &&
        other == connected_to && unread > 0)
      ports.insert(own);
  return ports;
}

/// Not open where the server is no more, or takes no connection.
Socket connect_to(const std::string& path) {
  Socket server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SIM_CHECK(path.size() < sizeof address.sun_path, "{}", path);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    server.reset();
  return server;
}

}  // namespace

struct Proxy::Connection {
  enum class Stage { greeting, password, starting, open, refused };
  Stage stage = Stage::greeting;
  Socket client, server;
  unsigned port = 0;  ///< of the client
  bool told = false;  ///< something, since `begin_to_tell`
  int begins = 0;     ///< for how many turns it has begun to be a session
  std::string said;   ///< by the client, before its session has begun
  std::string startup;
  std::string to_client, to_server;
  std::optional<Slot> slot;
  std::optional<Passage> passage;

  /// Nothing is left to do for it.
  bool over() const {
    return !server.open() && (!client.open() || (stage > Stage::password && to_client.empty()));
  }
};

Proxy::Proxy(ServerClock& clock, Entrance entrance)
    : clock_(clock), entrance_(std::move(entrance)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, SOMAXCONN) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw EnvironmentError(
        fmt::format("no port of 127.0.0.1 can be listened on: {}", std::strerror(errno)));
  port_ = ntohs(address.sin_port);
}

Proxy::~Proxy() {
  if (listener_ >= 0) close(listener_);
}

void Proxy::accept_one() {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Socket client(accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
  full_ = !client.open() && (errno == EMFILE || errno == ENFILE);
  if (!client.open()) return;
  const int at_once = 1;
  setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  Connection& connection = connections_.emplace_back();
  connection.client = std::move(client);
  connection.port = ntohs(address.sin_port);
}

void Proxy::refuse(Connection& connection, std::string_view sqlstate, std::string_view text) {
  connection.to_client += fatal_error(sqlstate, text).bytes();
  connection.stage = Connection::Stage::refused;
}

/// What the client says before its session has begun. One that cancels waits until the server has
/// read that, and ends the connection.
void Proxy::begin(Connection& connection) {
  while (connection.stage == Connection::Stage::greeting) {
    const std::optional<Startup> startup = take_startup(connection.said);
    if (!startup) return;
    if (startup->wants == Startup::Wants::encryption) {
      connection.to_client += 'N';
    } else if (startup->wants == Startup::Wants::cancel) {
      begin_session(connection, startup->bytes);
    } else if (const auto user = startup->settings.find("user");
               user == startup->settings.end() || user->second == entrance_.nobodys) {
      refuse(connection, "28000", "this role is fencepost's own; connect as the DSN says");
    } else {
      connection.startup = startup->bytes;
      connection.to_client += ask_for_password().bytes();
      connection.stage = Connection::Stage::password;
    }
  }
  if (connection.stage != Connection::Stage::password) return;
  const std::optional<Message> message = take_message(connection.said, kLongestPassword);
  if (!message) return;
  if (message->kind != 'p' || message->body != entrance_.password + '\0')
    refuse(connection, "28P01", "the password is not that of the DSN that fencepost serve printed");
  else
    begin_session(connection, std::exchange(connection.startup, ""));
}

void Proxy::begin_session(Connection& connection, const std::string& startup) {
  connection.server = connect_to(entrance_.server);
  if (!connection.server.open())
    return refuse(connection, "08006", "the private server takes no connection");
  connection.stage = Connection::Stage::starting;
  connection.to_server = startup + std::exchange(connection.said, "");
  connection.passage.emplace(
      "KNZ", [this, &connection](const Message& message) { return look(connection, message); });
}

bool Proxy::look(Connection& connection, const Message& message) {
  if (message.kind == 'K') {
    connection.slot = clock_.find_slot(process_of(message));
    if (!connection.slot) return true;
    clock_.seed(*connection.slot, fnv1a(std::to_string(++begun_), entrance_.seed));
    backends_.push_back(*connection.slot);
  }
  if (message.kind == 'Z' && connection.slot) connection.stage = Connection::Stage::open;
  if (message.kind != 'N' || field_of(message, 'C') != kWishes || !connection.slot) return true;
  const std::string_view text = field_of(message, 'M');
  Wish wish{*connection.slot};
  std::from_chars(text.data(), text.data() + text.size(), wish.until);
  wishes_.push_back(wish);
  return false;
}

void Proxy::drop_server(Connection& connection) {
  if (connection.slot && connection.server.open()) clock_.about_to_send(*connection.slot);
  connection.server.reset();
}

void Proxy::from_client(Connection& connection) {
  const bool begun = connection.server.open();
  if (!receive(connection.client, begun ? connection.to_server : connection.said))
    connection.client.reset();
  else if (!begun)
    begin(connection);
}

void Proxy::from_server(Connection& connection) {
  std::string come;
  const bool there = receive(connection.server, come);
  connection.passage->take(come, connection.to_client);
  if (!there) connection.server.reset();
}

/// What a client said before it went is the server's to hear, such as that it goes.
void Proxy::send_on(Connection& connection) {
  if (connection.server.open() && !connection.to_server.empty()) {
    if (connection.slot) clock_.about_to_send(*connection.slot);
    if (!send_some(connection.server, connection.to_server)) drop_server(connection);
  }
  if (connection.client.open() && !connection.to_client.empty()) {
    connection.told = true;
    if (!send_some(connection.client, connection.to_client)) connection.client.reset();
  }
  if (connection.client.open()) return;
  connection.to_client.clear();
  if (connection.to_server.empty()) drop_server(connection);
}

bool Proxy::move(std::chrono::microseconds at_most, Clients clients) {
  const bool hears = clients == Clients::heard;
  const auto events = [](bool is_read, const std::string& waiting_here) {
    return static_cast<short>((is_read ? POLLIN : 0) | (waiting_here.empty() ? 0 : POLLOUT));
  };
  for (Connection& each : connections_)
    each.begins += each.stage == Connection::Stage::starting ? 1 : 0;
  // No more of them than may be open: the kernel refuses to look at more.
  std::vector<pollfd> files{{listener_, events(hears && !full_, ""), 0}};
  const auto add = [&](const Socket& socket, short wanted) {
    if (socket.open()) files.push_back({socket.get(), wanted, 0});
  };
  for (const Connection& each : connections_) {
    add(each.client, events(hears && each.to_server.size() < kMostWaiting, each.to_client));
    add(each.server, events(each.to_client.size() < kMostWaiting, each.to_server));
  }
  const timespec limit{0, std::chrono::nanoseconds(at_most).count()};
  if (ppoll(files.data(), files.size(), &limit, nullptr) <= 0) return false;
  auto file = files.begin() + 1;
  const auto come_to = [&](const Socket& socket) {
    return socket.open() ? (file++)->revents : short{0};
  };
  for (Connection& each : connections_) {
    const short client = come_to(each.client), server = come_to(each.server);
    try {
      if ((server & (POLLIN | POLLHUP | POLLERR)) != 0) from_server(each);
      if ((client & (POLLIN | POLLHUP | POLLERR)) != 0) from_client(each);
      send_on(each);
    } catch (const WireError& error) {
      if (each.server.open()) drop_server(each);
      refuse(each, "08P01", error.what());
      send_on(each);
    }
  }
  if (connections_.remove_if([](const Connection& each) { return each.over(); }) > 0) full_ = false;
  if (files.front().revents != 0) accept_one();
  return true;
}

const std::vector<Slot>& Proxy::sessions() {
  std::erase_if(backends_, [this](Slot slot) { return clock_.activity(slot) == Activity::gone; });
  return backends_;
}

bool Proxy::some_begin() const {
  return std::any_of(connections_.begin(), connections_.end(), [](const Connection& each) {
    return each.stage == Connection::Stage::starting && each.begins < kBeginsFor;
  });
}

void Proxy::begin_to_tell() {
  for (Connection& each : connections_) each.told = false;
}

bool Proxy::some_are_behind() const {
  const std::set<unsigned> behind = ports_behind(static_cast<unsigned>(port_));
  return std::any_of(connections_.begin(), connections_.end(), [&](const Connection& each) {
    return each.told && behind.contains(each.port);
  });
}

std::vector<Wish> Proxy::take_wishes() { return std::exchange(wishes_, {}); }

}  // namespace fencepost
