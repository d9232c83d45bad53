#pragma once

// A relay to a server on loopback that ends each connection rudely: after so many bytes from the
// client it says that it will send no more, and is gone while the client still sends.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>

namespace picket::tests {

class CuttingRelay {
 public:
  CuttingRelay(std::uint16_t target, std::size_t bytes)
      : target_(target), bytes_(bytes), listener_(open_socket()) {
    sockaddr_in address = loopback(0);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, raw, &size) != 0 || ::pipe(stop_.data()) != 0) {
      throw std::runtime_error("no loopback port to listen on");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~CuttingRelay() {
    ::close(stop_[1]);  // wakes every poll
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
  }
  CuttingRelay(const CuttingRelay&) = delete;
  CuttingRelay& operator=(const CuttingRelay&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] int cuts() const noexcept { return cuts_.load(); }

 private:
  static int open_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  /// Until one of them can be read; false when it is time to stop.
  bool wait_for(pollfd& one, pollfd& other) const {
    std::array<pollfd, 3> all{one, other, pollfd{.fd = stop_[0], .events = POLLIN, .revents = 0}};
    ::poll(all.data(), all.size(), -1);
    one = all[0];
    other = all[1];
    return all[2].revents == 0;
  }

  void run() {
    pollfd incoming{.fd = listener_, .events = POLLIN, .revents = 0};
    pollfd nothing{.fd = -1, .events = 0, .revents = 0};
    while (wait_for(incoming, nothing)) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = open_socket();
      const sockaddr_in address = loopback(target_);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        carry(client, server);
      }
      ::close(server);
      ::close(client);  // with bytes unread: a reset
    }
  }

  static bool pass_on(int from, int to, std::size_t& passed) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    passed += static_cast<std::size_t>(got);
    return ::send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
  }

  void carry(int client, int server) {
    std::size_t from_client = 0;
    std::size_t from_server = 0;
    pollfd up{.fd = client, .events = POLLIN, .revents = 0};
    pollfd down{.fd = server, .events = POLLIN, .revents = 0};
    while (wait_for(up, down)) {
      if (down.revents != 0 && !pass_on(server, client, from_server)) return;
      if (up.revents == 0) continue;
      if (from_client >= bytes_) {
        ::shutdown(client, SHUT_WR);
        ++cuts_;
        return;
      }
      if (!pass_on(client, server, from_client)) return;
    }
  }

  const std::uint16_t target_;
  const std::size_t bytes_;
  const int listener_;
  std::array<int, 2> stop_{};
  std::uint16_t port_ = 0;
  std::atomic<int> cuts_{0};
  std::thread thread_;
};

}  // namespace picket::tests
