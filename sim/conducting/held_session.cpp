#include "sim/conducting/held_session.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

/// Everything that has come; false: the other side is gone.
bool receive_all(int socket, std::string& into) {
  char buffer[1 << 16];
  ssize_t count = 0;
  while ((count = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    into.append(buffer, static_cast<std::size_t>(count));
  return count < 0 && (errno == EAGAIN || errno == EINTR);
}

/// All of it, for as long as the other side takes it.
void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) return;
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

int connection_to(const std::string& path) {
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SIM_CHECK(path.size() < sizeof address.sun_path, "{}", path);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw EnvironmentError(
        fmt::format("the private server takes no session: {}", std::strerror(errno)));
  return server;
}

}  // namespace

HeldSession::HeldSession(ServerClock& clock, std::string server, int client, SessionName name)
    : clock_(clock), server_path_(std::move(server)), name_(name), client_(client) {}

HeldSession::~HeldSession() {
  try {
    close_server();
  } catch (const std::exception&) {
    // The server has ended, or does not come to rest: whoever uses it next is told.
  }
  close_client();
}

void HeldSession::close_client() {
  if (client_ >= 0) close(std::exchange(client_, -1));
}

/// Nobody may see it end later. What it does just then goes on, as with any server.
void HeldSession::close_server() {
  if (server_ < 0) return;
  if (slot_) clock_.about_to_send(*slot_);
  close(std::exchange(server_, -1));
  if (slot_) clock_.settle(&*slot_, 1);
}

std::optional<Slot> HeldSession::slot() const {
  return slot_ && clock_.activity(*slot_) != Activity::gone ? slot_ : std::nullopt;
}

/// What a client says first, as far as it has come: it waits for what the server says to it.
bool HeldSession::read_startup() {
  while (!begun_) {
    const std::optional<Startup> startup = take_startup(from_client_);
    if (!startup) return false;
    if (startup->wants == Startup::Wants::encryption) {
      send_all(client_, "N");
    } else if (startup->wants == Startup::Wants::cancel) {
      const int server = connection_to(server_path_);
      send_all(server, startup->bytes);
      close(server);
      close_client();
      return true;
    } else {
      begin(*startup);
    }
  }
  return true;
}

void HeldSession::begin(const Startup& startup) {
  begun_ = true;
  clock_.number_next(name_.process);
  server_ = connection_to(server_path_);
  send_all(server_, startup.bytes);
  Passage passage("KZE", [&](const Message& message) {
    if (message.kind == 'K') slot_ = clock_.find_slot(process_of(message));
    if (message.kind == 'Z' || message.kind == 'E') busy_ = false;
    return true;
  });
  busy_ = true;
  for (pollfd file{server_, POLLIN, 0}; busy_ && poll(&file, 1, -1) > 0;) {
    std::string come;
    if (!receive_all(server_, come)) busy_ = false;
    passage.take(come, to_client_);
  }
  if (slot_) clock_.seed(*slot_, name_.seed);
}

bool HeldSession::collect() {
  if (client_ < 0) return false;
  const std::size_t before = from_client_.size();
  const bool there = receive_all(client_, from_client_);
  const bool come = from_client_.size() > before;
  if (come && (begun_ || read_startup()) && client_ >= 0)
    while (auto request = take_request(from_client_)) requests_.push_back(std::move(*request));
  if (!there && client_ >= 0) {
    close_client();
    close_server();
    return true;
  }
  return come;
}

const ClientRequest* HeldSession::held() const {
  return busy_ || server_ < 0 || requests_.empty() ? nullptr : &requests_.front();
}

void HeldSession::let_go() {
  SIM_CHECK(held() != nullptr, "session {} of worker {}", name_.number, name_.worker);
  const ClientRequest request = std::move(requests_.front());
  requests_.pop_front();
  busy_ = request.is_answered();
  if (slot_) clock_.about_to_send(*slot_);
  asked_ = request.line();
  sent_ = statements_of(request, prepared_);
  send_all(server_, request.bytes());
}

std::optional<ServerAnswer> HeldSession::gather() {
  if (server_ < 0) return std::nullopt;
  const bool there = receive_all(server_, from_server_);
  ServerAnswer answer;
  bool any = false;
  while (const auto message = take_message(from_server_, kLongestMessage)) {
    any = true;
    add_to(answer, *message);
    to_client_ += message->bytes();
  }
  if (answer.is_ready || answer.wants_data) busy_ = false;
  if (!there) {
    answer.line += " the server ends the session";
    any = server_gone_ = true;
    close_server();
  }
  return any ? std::optional(answer) : std::nullopt;
}

bool HeldSession::deliver() {
  const bool ends = server_gone_ && client_ >= 0;
  if (client_ < 0 || (to_client_.empty() && !ends)) return false;
  send_all(client_, std::exchange(to_client_, ""));
  if (ends) close_client();
  return true;
}

}  // namespace fencepost
