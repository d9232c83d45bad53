#pragma once

// An incoming HTTP request, told to picket: the trace it came with is continued, a transaction
// measures it, and all that is captured meanwhile carries the request. It knows no HTTP library;
// the bridge `httplib.hpp` stands on it, and hosts with another library can do the same:
//
//   picket::http::ServerRequest served({.method = "GET", .target = "/cart?id=7", .headers = …});
//   served.set_route("/cart");
//   answer(request, response);
//   served.finish(response.status);
//
// Link `picket::http`. While picket is off nothing happens, and nothing is allocated.

#include "picket/event.hpp"
#include "picket/export.hpp"
#include "picket/scope.hpp"
#include "picket/span_data.hpp"
#include "picket/tracing.hpp"

#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace picket::http {

/// A header field that belongs to somebody else.
using Header = std::pair<std::string_view, std::string_view>;

/// A request that has come.
/// Lifetime: borrowed until the call returns.
struct IncomingRequest {
  std::string_view method{};  // this or the target empty: the request could not be read
  std::string_view target{};  // as in the request line: path and query
  std::string_view scheme = "http";
  std::span<const Header> headers{};
  std::string_view remote_address{};  // sent only with `Options::send_default_pii`
  std::string_view origin = "auto.http";
};

/// One request that is being served. While it lives the calling thread has an isolation scope of
/// its own, with the trace of the request and its data, and a transaction `http.server` as current
/// span. Its end, at the latest, puts back what was there before.
///
/// Personal data: values of headers and of the query whose name speaks of secrets become
/// `[Filtered]`. Cookies, the body and the remote address are sent with
/// `Options::send_default_pii` alone; without it headers that name clients are filtered as well.
/// Bounds: 100 headers of 4096 bytes each; further ones and the rest of them are left out.
/// Threads: ends on the thread that made it. Every call is noexcept.
/// Spec: P3.18, P4.15, P7.10.
class [[nodiscard]] PICKET_EXPORT ServerRequest {
 public:
  /// The transaction is named `METHOD /path` until its route is known.
  explicit ServerRequest(const IncomingRequest& request) noexcept;
  ServerRequest(const ServerRequest&) = delete;
  ServerRequest& operator=(const ServerRequest&) = delete;

  /// A request that was not finished has failed with an internal error.
  ~ServerRequest();

  /// Names the transaction `METHOD route`; of low cardinality. Spec: P4.4.
  void set_route(std::string_view route) noexcept;

  /// The body, if it may be sent at all: JSON and forms filtered by key, of others only that there
  /// was one. Bounds: one of more than 8192 bytes is left out. Spec: P3.18, P7.10 rule 4.
  void set_body(std::string_view content_type, std::string_view body) noexcept;

  /// Notes what the handler let through. It is captured as unhandled at the end, unless it was
  /// captured before; the transaction fails with `internal_error`. Null takes the note back: the
  /// host made an answer of it after all.
  void set_unhandled(std::exception_ptr error) noexcept;

  /// For further facts; swallows them while nothing is recorded.
  [[nodiscard]] SpanHandle span() const noexcept { return transaction_; }

  /// The response has been made; later calls do nothing. Spec: P4.13 rule 2.
  void finish(int status) noexcept;

 private:
  void start(const IncomingRequest& request);

  ScopeGuard scope_{};
  Transaction transaction_{};
  std::string method_{};
  std::string origin_{};
  std::optional<Request> request_{};  // while a body may still be added to it
  std::exception_ptr unhandled_{};
  bool is_open_ = false;
};

}  // namespace picket::http
