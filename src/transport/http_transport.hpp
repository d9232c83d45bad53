#pragma once

// Envelopes as HTTP requests: the URL and the headers that Sentry asks for, compression, and either
// libcurl (`curl_http_client.hpp`) or the HTTP stack that the host lends.

#include "picket/dsn.hpp"
#include "picket/options.hpp"
#include "picket/result.hpp"
#include "transport/courier.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace picket::transport {

/// As the options of the same names.
struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  std::size_t max_in_flight = 4;
  Compression compression = Compression::gzip;
  std::string ca_certs{};
  std::string client_certificate{};
  std::string client_key{};
  std::string proxy{};
  std::string no_proxy{};
  std::string tunnel{};
  bool http2 = true;
  std::shared_ptr<HttpClient> client{};  // null: libcurl
};

/// Errors: `Errc::unavailable` when libcurl cannot be set up, or a certificate cannot be read.
/// Spec: P1.4 to P1.10, P7.14.
Result<std::unique_ptr<Courier>> make_http_courier(const Dsn& dsn, const HttpOptions& options);

}  // namespace picket::transport
