#pragma once

// HTTP/1.1 on a loopback port, plain or with TLS. It knows nothing of Sentry: `server.hpp` hands
// in the function that answers. The HTTP library stays inside http_host.cpp.

#include "picket/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::ingest {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first header of that name in any letter case, or empty.
std::string_view find_header(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method{};
  std::string path{};
  Headers query{};         // decoded
  Headers headers{};       // as received
  std::string body{};      // still encoded; empty until it is read
  bool too_large = false;  // the body went over the limit; what came is not kept
  bool cut_off = false;    // the client went before its end

  /// Reads the body. It has to be read before an answer; who ends the connection need not.
  std::function<void()> read_body{};
};

/// What becomes of a connection before there is a request.
enum class Opening {
  serve,
  drop,           // closed before a byte was read
  cut_handshake,  // closed when the client has begun its TLS handshake
};

/// How the answer leaves the server. All but the first end the connection.
enum class Wire {
  answer,
  reset,      // TCP RST instead
  close,      // FIN instead
  partial,    // half of its body, then the end
  garbage,    // bytes that are not HTTP
  drip,       // byte by byte
  huge,       // with a body that goes on
  huge_head,  // with headers that go on
};

struct HttpReply {
  int status = 200;
  Headers headers{};
  std::string body{};
  Wire wire = Wire::answer;

  std::chrono::milliseconds every{100};                            // drip: between two bytes
  std::uint64_t size = std::numeric_limits<std::uint64_t>::max();  // huge: so many bytes more
  std::optional<std::chrono::milliseconds> limit{};                // drip, huge: ends them
};

struct HttpHostOptions {
  std::uint16_t port = 0;          // 0: the system chooses
  std::string certificate_file{};  // both set: HTTPS
  std::string key_file{};
  std::size_t max_body = 0;  // on the wire

  /// Asked for each connection, from 1, on the thread that accepts them. None: all are served.
  std::function<Opening(std::uint64_t number)> on_connection{};
};

/// Serves until it is stopped or destroyed; every connection has a thread of its own.
class HttpHost {
 public:
  using Handler = std::function<HttpReply(HttpRequest&)>;

  /// Errors: `Errc::unavailable` when the port is taken.
  static Result<std::unique_ptr<HttpHost>> start(const HttpHostOptions& options, Handler handler);

  ~HttpHost();
  HttpHost(const HttpHost&) = delete;
  HttpHost& operator=(const HttpHost&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// TCP connections accepted so far.
  [[nodiscard]] std::uint64_t connection_count() const noexcept;

  /// Lets answers in the making leave, then cuts every connection; the handler must not block any
  /// more. Idempotent.
  void stop() noexcept;

 private:
  struct Impl;
  explicit HttpHost(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::ingest
