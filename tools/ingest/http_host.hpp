#pragma once

// HTTP/1.1 on a loopback port, plain or with TLS. It knows nothing of Sentry: `server.hpp` hands
// in the function that answers. The HTTP library stays inside http_host.cpp.

#include "picket/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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
  std::string body{};      // still encoded
  bool too_large = false;  // the body went over the limit; what came is not kept
  int remote_port = 0;
};

/// How the answer leaves the server.
enum class Wire { answer, reset, close, partial, garbage };

struct HttpReply {
  int status = 200;
  Headers headers{};
  std::string body{};
  Wire wire = Wire::answer;
};

struct HttpHostOptions {
  std::uint16_t port = 0;          // 0: the system chooses
  std::string certificate_file{};  // both set: HTTPS
  std::string key_file{};
  std::size_t max_body = 0;  // on the wire
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
