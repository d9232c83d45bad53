#pragma once

// A server that takes connections and never says a word: the kernel completes the handshakes, and
// nobody ever reads.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace picket::tests {

class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    if (socket_ < 0 || ::bind(socket_, raw, size) != 0 || ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, raw, &size) != 0) {
      throw std::runtime_error("no loopback port to listen on");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] std::string dsn() const {
    return "http://key@127.0.0.1:" + std::to_string(port_) + "/1";
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace picket::tests
