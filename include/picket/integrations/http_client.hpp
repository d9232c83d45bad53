#pragma once

// An outgoing HTTP request, told to picket: trace headers for the wire, a span and a breadcrumb for
// Sentry. It knows no HTTP library; the bridges `curl.hpp` and `httplib.hpp` stand on it, and hosts
// with another library can do the same:
//
//   picket::http::ClientRequest traced({.method = "GET", .url = url});
//   for (const auto& [name, value] : traced.headers()) request.set_header(name, value);
//   if (const auto response = client.send(request)) {
//     traced.finish(response.status);
//   } else {
//     traced.fail(response.error_text());
//   }
//
// Link `picket::http`. While picket is off nothing happens, and nothing is allocated.

#include "picket/export.hpp"
#include "picket/scope.hpp"
#include "picket/span_data.hpp"
#include "picket/tracing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::http {

/// A request that is about to leave.
/// Lifetime: borrowed until the call returns.
struct OutgoingRequest {
  std::string_view method{};   // empty: `GET`
  std::string_view url{};      // absolute; credentials and query may be in it
  std::string_view baggage{};  // the request's own `baggage` header; its foreign members are kept
  std::string_view origin = "auto.http";
};

/// One request on its way. Its span is a child of what was the current span when it was made, and
/// becomes nobody's current span itself, so that many requests may be under way on one thread.
/// Requests to the server of the DSN are left alone: no headers, no span, no breadcrumb.
/// Personal data: the URL is shown without credentials, query and fragment; values of the query are
/// sent filtered by key.
/// Threads: moves freely; may end on another thread. Every call is noexcept.
/// Spec: P3.16, P4.11, P4.15, P7.10.
class [[nodiscard]] PICKET_EXPORT ClientRequest {
 public:
  ClientRequest() noexcept;  // swallows everything
  explicit ClientRequest(const OutgoingRequest& request) noexcept;
  ClientRequest(ClientRequest&& other) noexcept;
  ClientRequest& operator=(ClientRequest&& other) noexcept;

  /// A request that has neither finished nor failed by then was cancelled.
  ~ClientRequest();

  /// What to add to the request, in place of headers of the same names. Empty while off and for
  /// URLs that are no target, see `Options::trace_propagation_targets`.
  [[nodiscard]] const HeaderList& headers() const noexcept { return headers_; }

  /// For further facts; swallows them while nothing is recorded.
  [[nodiscard]] SpanHandle span() const noexcept { return span_; }

  /// The response has come. The level of the breadcrumb is `warning` for 4xx, `error` for 5xx.
  /// Units: `content_length` in bytes, as the response tells it.
  /// Spec: P4.13 rule 2.
  void finish(int status, std::optional<std::uint64_t> content_length = {}) noexcept;

  /// None has come, or not the whole of it; `reason` is of low cardinality. Spec: P4.13 rule 3.
  void fail(std::string_view reason) noexcept;

 private:
  struct Outcome;

  void start(const OutgoingRequest& request);
  void end(const Outcome& outcome) noexcept;

  HeaderList headers_{};
  std::string method_{};
  std::string url_{};                 // as it is shown
  std::optional<Context> context_{};  // whose breadcrumb it is; empty: there is nothing to end
  Span span_{};
};

}  // namespace picket::http
