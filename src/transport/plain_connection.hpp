#pragma once

// One kept connection without TLS, over which requests of HTTP/1.1 go one after the other. libcurl
// opens it, with all that it knows of names, addresses and proxies; then a request costs two system
// calls instead of a dozen, and a tenth of the instructions. `curl_http_client.cpp` uses it where
// that is the same to the server: without TLS, and without an HTTP proxy.

#include "transport/http_reader.hpp"

#include <string_view>

namespace picket::transport {

/// Threads: one.
class PlainConnection {
 public:
  enum class Outcome {
    pending,
    answered,  // with a complete head
    failed,    // see `error`
  };

  PlainConnection() = default;
  ~PlainConnection() { close(); }
  PlainConnection(const PlainConnection&) = delete;
  PlainConnection& operator=(const PlainConnection&) = delete;

  /// Takes a copy of a socket that is connected and does not block; whoever has the original closes
  /// it. False when there is no descriptor left.
  bool adopt(int socket) noexcept;

  /// True if another request may go this way: the server has neither closed it nor said anything.
  [[nodiscard]] bool is_usable() const noexcept;

  /// Begins a request. Lifetime: all three, until it has come to its end or `close`.
  void start(std::string_view head, std::string_view body, HttpAnswer& answer) noexcept;

  /// Does what can be done without waiting. The connection is closed where it cannot be used again.
  Outcome go_on() noexcept;

  /// The status of an answer.
  [[nodiscard]] int status() const noexcept { return reader_.status(); }

  /// Why there is none.
  [[nodiscard]] const char* error() const noexcept { return error_; }

  /// For `poll`.
  [[nodiscard]] int descriptor() const noexcept { return socket_; }
  [[nodiscard]] bool wants_to_write() const noexcept { return !head_.empty() || !body_.empty(); }

  void close() noexcept;

 private:
  bool write_some() noexcept;
  Outcome read_some() noexcept;
  Outcome judge(HttpReader::State state, const char* why) noexcept;

  int socket_ = -1;
  std::string_view head_{};  // what is not sent yet
  std::string_view body_{};
  HttpReader reader_{};
  const char* error_ = "";
};

}  // namespace picket::transport
