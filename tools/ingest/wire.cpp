#include "ingest/wire.hpp"

#include <openssl/ssl.h>

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

namespace picket::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kForEver = std::chrono::hours(24);
constexpr milliseconds kPatience{100};  // between two looks at a client that does not read

int port_of(int fd, int (*name)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  }
  return -1;
}

// connect() to "no address" makes the kernel send RST at once; closing with SO_LINGER would come
// too late, after the library has already shut the socket down in good order. What the library does
// with the socket after that shall end at once: OpenSSL would try again on one without a peer.
void reset_connection(int fd) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  ::connect(fd, &nowhere, sizeof nowhere);
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    ::dup3(null, fd, O_CLOEXEC);
    ::close(null);
  }
}

/// Writes to a client that may read slowly or not at all, until a deadline.
class Sender {
 public:
  Sender(const Connection& connection, milliseconds limit)
      : connection_(connection), deadline_(steady_clock::now() + limit) {}

  /// False when the client has gone, or the time is over.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const int ready = wait_for(POLLOUT, kPatience);
      if (is_over() || (ready & (POLLERR | POLLHUP)) != 0) return false;
      if ((ready & POLLOUT) == 0) continue;
      const std::size_t sent = write(bytes);
      if (sent == 0) return false;
      bytes.remove_prefix(sent);
    }
    return true;
  }

  /// False when the client has gone meanwhile, or the time is over.
  bool pause(milliseconds time) { return wait_for(POLLRDHUP, time) == 0 && !is_over(); }

 private:
  [[nodiscard]] bool is_over() const { return steady_clock::now() >= deadline_; }

  [[nodiscard]] int wait_for(short what, milliseconds time) const {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
    pollfd watched{connection_.fd, what, 0};
    const milliseconds most = std::clamp(left, milliseconds(0), time);
    return ::poll(&watched, 1, static_cast<int>(most.count())) > 0 ? watched.revents : 0;
  }

  [[nodiscard]] std::size_t write(std::string_view bytes) const {
    if (connection_.tls != nullptr) {
      const int sent = SSL_write(connection_.tls, bytes.data(), static_cast<int>(bytes.size()));
      return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    const ssize_t sent =
        ::send(connection_.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }

  const Connection& connection_;
  steady_clock::time_point deadline_;
};

std::string head_of(const HttpReply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Slowly\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  return head + "Content-Type: application/json\r\nConnection: close\r\n";
}

void send_dripping(const HttpReply& reply, Sender& sender) {
  const std::string answer = head_of(reply) +
                             "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" +
                             reply.body;
  for (const char& byte : answer) {
    if (!sender.send({&byte, 1})) return;
    if (&byte != &answer.back() && !sender.pause(reply.every)) return;
  }
}

// Begins as an answer does and goes on: with blanks behind the opening brace, or with more headers.
void send_huge(const HttpReply& reply, Sender& sender) {
  constexpr std::size_t kPiece = 16u << 10;
  std::string start = head_of(reply);
  std::string piece;
  if (reply.wire == Wire::huge) {
    start += "\r\n{";
    piece.assign(kPiece, ' ');
  } else {
    while (piece.size() < kPiece) piece += "X-Filler: " + std::string(100, 'x') + "\r\n";
  }
  if (!sender.send(start)) return;
  for (std::uint64_t left = reply.size; left > 0;) {
    const auto part = std::min<std::uint64_t>(left, piece.size());
    if (!sender.send(std::string_view(piece).substr(0, part))) return;
    left -= part;
  }
}

}  // namespace

Connection& this_connection() noexcept {
  static thread_local Connection connection;
  return connection;
}

void for_each_socket(int local_port, const std::function<void(int, int)>& use) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const int fd = std::atoi(entry->d_name);
    if (port_of(fd, ::getsockname) != local_port) continue;
    if (const int peer = port_of(fd, ::getpeername); peer > 0) use(fd, peer);
  }
}

void drop(const Connection& connection) noexcept { ::close(connection.fd); }

void watch_handshakes(ssl_ctx_st* context) {
  SSL_CTX_set_client_hello_cb(
      context,
      [](SSL* tls, int*, void*) {
        Connection& connection = this_connection();
        connection.tls = tls;
        connection.fd = SSL_get_fd(tls);
        if (connection.opening == Opening::cut_handshake) ::shutdown(connection.fd, SHUT_RDWR);
        return SSL_CLIENT_HELLO_SUCCESS;
      },
      nullptr);
}

void spoil(const HttpReply& reply, const Connection& connection) {
  if (connection.fd < 0) return;
  Sender sender(connection, reply.limit.value_or(kForEver));
  switch (reply.wire) {
    case Wire::answer:
    case Wire::partial:
      return;
    case Wire::reset:
      return reset_connection(connection.fd);
    case Wire::close:
      break;
    case Wire::garbage:
      sender.send("\x01\x02 this is not HTTP \xFF\r\n\r\n");
      break;
    case Wire::drip:
      send_dripping(reply, sender);
      break;
    case Wire::huge:
    case Wire::huge_head:
      send_huge(reply, sender);
      break;
  }
  ::shutdown(connection.fd, SHUT_RDWR);
}

}  // namespace picket::ingest
