#pragma once

// Posts bodies to one URL over one keep-alive connection. It knows HTTP and TLS, but neither
// envelopes nor Sentry. The one door to libcurl.

#include "picket/result.hpp"
#include "picket/transport.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::transport {

struct HttpClientSettings {
  std::string url{};
  std::string user_agent{};
  std::vector<std::string> headers{};  // `Name: value`, the same for each request
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds request_timeout{};
  std::string ca_certs{};  // empty: SSL_CERT_FILE and SSL_CERT_DIR, else the system's
  std::string proxy{};     // empty: the environment's
};

/// Threads: `post` one at a time, `interrupt` any.
class CurlHttpClient {
 public:
  /// Errors: `Errc::unavailable` when libcurl cannot be set up.
  static Result<std::unique_ptr<CurlHttpClient>> open(const HttpClientSettings& settings);
  ~CurlHttpClient();
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;

  /// Sends one request and waits for its answer; redirects are not followed.
  /// Errors: status 0, and the reason in `error`, when no complete answer head came.
  TransportResponse post(std::string_view body, bool gzipped);

  /// Ends the request in work, and every later one, at once.
  void interrupt() noexcept;

 private:
  struct State;
  explicit CurlHttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picket::transport
