#pragma once

// A host with an HTTP stack of its own (its proxies, certificates and connection pool included)
// lends it to picket as an `HttpClient`. Everything above HTTP stays picket's: authentication,
// compression, rate limits, retries, accounting. `Transport` replaces more: the envelope's whole
// way.

#include "picket/export.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A POST.
/// Lifetime: borrowed until `HttpClient::post` returns.
struct HttpRequest {
  std::string_view url{};
  const HttpHeaders& headers;
  std::string_view body{};
};

struct HttpResponse {
  int status = 0;         // 0: no answer came
  std::string error{};    // why there was no answer
  HttpHeaders headers{};  // at least X-Sentry-Rate-Limits and Retry-After, in any letter case
};

/// Threads: `post` is called by one worker thread at a time, `interrupt` by any thread.
class PICKET_EXPORT HttpClient {
 public:
  virtual ~HttpClient();

  /// Sends one request and waits for its answer; follows no redirects, and does not send a body
  /// again by itself.
  /// Errors: what it throws is contained and counts as a network error.
  virtual HttpResponse post(const HttpRequest& request) = 0;

  /// Asks a `post` in progress to return soon; called when `close` runs out of time.
  virtual void interrupt() noexcept {}
};

}  // namespace picket
