#pragma once

// Posts bodies to one URL, several at a time: over as many kept connections with HTTP/1.1, over one
// with HTTP/2. It knows HTTP and TLS, but neither envelopes nor Sentry. Without TLS libcurl opens
// the connections and `plain_connection.hpp` uses them. The one door to libcurl.

#include "base/deadline.hpp"
#include "picket/options.hpp"
#include "picket/result.hpp"
#include "transport/ca_bundle.hpp"
#include "transport/courier.hpp"
#include "transport/http_proxy.hpp"

#include <chrono>
#include <cstddef>
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
  std::size_t max_in_flight = 1;
  bool http2 = false;  // where a TLS server offers it
  CaBundle trusted{};
  std::string client_certificate{};
  std::string client_key{};
  ProxyChoice proxy{};  // as it is: the environment has been asked
};

/// Threads: one, but for `wake` and `interrupt`.
class CurlHttpClient {
 public:
  using FlightId = Courier::FlightId;

  /// Errors: `Errc::unavailable` when libcurl cannot be set up or does not understand the URL.
  static Result<std::unique_ptr<CurlHttpClient>> open(const HttpClientSettings& settings);
  ~CurlHttpClient();
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;

  /// Where libcurl looks for certificates by itself.
  static CaBundle built_in_certificates();

  /// Starts a request with a body that is compressed in this way. `bytes` are swapped for those of
  /// an earlier request, so that buffers go round. At most `max_in_flight` at a time.
  void post(FlightId flight, std::string& bytes, Compression compression) noexcept;

  /// As those of `Courier`. Redirects are not followed.
  /// Errors: status 0, and the reason in `error`, when no complete answer head came.
  void wait(base::Deadline until, std::vector<Courier::Arrival>& arrivals) noexcept;
  void cancel() noexcept;
  void wake() noexcept;
  void interrupt() noexcept;

 private:
  struct State;
  explicit CurlHttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picket::transport
