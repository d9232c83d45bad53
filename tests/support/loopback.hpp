#pragma once

// An httplib server on a port of its own on loopback, for as long as it lives. A response is on its
// way before the server's last hook has run: `stop` waits for that.

#include <httplib.h>
#include <sys/socket.h>

#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket::tests {

template <class Base = ::httplib::Server>
class Loopback final : public Base {
 public:
  using Base::Base;
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback() override { stop(); }

  /// Call it when all handlers are set.
  void start() {
    Base::set_keep_alive_timeout(1);  // also what a connection that is left open costs `stop`
    Base::set_tcp_nodelay(true);
    port_ = Base::bind_to_any_port("127.0.0.1");
    ::listen(Base::svr_sock_, 512);  // the library's queue of 5 makes a burst of clients wait
    listener_ = std::thread([this] { Base::listen_after_bind(); });
    while (!Base::is_running()) std::this_thread::yield();
  }

  void stop() {
    if (!listener_.joinable()) return;
    Base::stop();
    listener_.join();
  }

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] std::string url(const std::string& path = {}) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  int port_ = 0;
  std::thread listener_{};
};

/// Keeps the headers of requests. Threads: any.
class HeaderLog {
 public:
  void keep(const ::httplib::Request& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request.headers);
  }

  [[nodiscard]] std::vector<::httplib::Headers> all() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<::httplib::Headers> requests_;
};

/// The only header of that name; `(none)` or `(several)` otherwise.
inline std::string header_of(const ::httplib::Headers& headers, const std::string& name) {
  const auto [first, last] = headers.equal_range(name);
  if (first == last) return "(none)";
  return std::next(first) == last ? first->second : "(several)";
}

}  // namespace picket::tests
