#pragma once

// The default transport: one keep-alive HTTP connection through libcurl, gzip for bodies worth it.
// It is used by the worker alone and can be interrupted from outside.

#include "picket/dsn.hpp"
#include "picket/result.hpp"
#include "picket/transport.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace picket::transport {

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  bool compress = true;  // gzip from 1 KiB on; Spec: P1.7
  std::string ca_certs{};
  std::string proxy{};
};

/// Errors: `Errc::unavailable` when libcurl cannot be set up.
/// Spec: P1.4 to P1.10.
Result<std::shared_ptr<Transport>> make_http_transport(const Dsn& dsn, HttpOptions options);

}  // namespace picket::transport
