#include "picket/integrations/http_client.hpp"

#include "http_contain.hpp"
#include "http_scrub.hpp"
#include "http_url.hpp"
#include "picket/picket.hpp"

#include <exception>
#include <utility>

namespace picket::http {
namespace {

Level level_of(int status) noexcept {
  if (status >= 500) return Level::error;
  return status >= 400 ? Level::warning : Level::info;
}

void describe(SpanHandle span, const Url& url, const std::string& method, Privacy privacy) {
  if (!span.is_recording()) return;
  span.set_data("http.request.method", method).set_data("url", shown(url));
  if (!url.query.empty()) span.set_data("http.query", scrub_query(url.query, privacy));
  if (!url.fragment.empty()) span.set_data("http.fragment", url.fragment);
  if (url.host.empty()) return;
  span.set_data("server.address", url.host);
  if (const auto port = url.effective_port()) span.set_data("server.port", *port);
}

}  // namespace

/// How a request ended: with the status of a response, or for a reason.
struct ClientRequest::Outcome {
  SpanStatus span_status{};
  Level level{};
  Attribute datum{};       // of the span
  Attribute breadcrumb{};  // what the breadcrumb tells beside method and URL
};

ClientRequest::ClientRequest() noexcept = default;

ClientRequest::ClientRequest(const OutgoingRequest& request) noexcept {
  if (is_initialized()) contain([&] { start(request); });
}

ClientRequest::ClientRequest(ClientRequest&& other) noexcept
    : headers_(std::move(other.headers_)),
      method_(std::move(other.method_)),
      url_(std::move(other.url_)),
      context_(std::exchange(other.context_, std::nullopt)),
      span_(std::move(other.span_)) {}

ClientRequest& ClientRequest::operator=(ClientRequest&& other) noexcept {
  if (this == &other) return *this;
  const ClientRequest ended(std::move(*this));
  headers_ = std::move(other.headers_);
  method_ = std::move(other.method_);
  url_ = std::move(other.url_);
  context_ = std::exchange(other.context_, std::nullopt);
  span_ = std::move(other.span_);
  return *this;
}

ClientRequest::~ClientRequest() {
  end({.span_status = SpanStatus::cancelled,
       .level = Level::warning,
       .datum = {"error.type", "cancelled"},
       .breadcrumb = {"reason", "cancelled"}});
}

void ClientRequest::start(const OutgoingRequest& request) {
  const Client client = current_client();
  const Url url = parse_url(request.url);
  if (is_server_of(url, client.options().dsn)) return;
  method_ = request.method.empty() ? "GET" : request.method;
  url_ = shown(url);
  span_ = current_span().start_child(
      {.op = "http.client", .description = method_ + ' ' + url_, .origin = request.origin});
  describe(span_, url, method_, client.options().send_default_pii ? Privacy::all : Privacy::strict);
  const PropagationTarget target{.url = request.url, .baggage = request.baggage};
  // Without a span the trace of the isolation scope goes along.
  headers_ = span_ ? span_.trace_headers(target) : trace_headers(target);
  context_ = Context::current();
}

void ClientRequest::finish(int status, std::optional<std::uint64_t> content_length) noexcept {
  if (content_length) span_.set_data("http.response_content_length", *content_length);
  end({.span_status = status_from_http(status),
       .level = level_of(status),
       .datum = {"http.response.status_code", status},
       .breadcrumb = {"status_code", status}});
}

void ClientRequest::fail(std::string_view reason) noexcept {
  end({.span_status = SpanStatus::internal_error,
       .level = Level::error,
       .datum = {"error.type", reason},
       .breadcrumb = {"reason", reason}});
}

void ClientRequest::end(const Outcome& outcome) noexcept {
  const auto context = std::exchange(context_, std::nullopt);
  if (!context) return;
  contain([&] {
    const ScopeGuard scope = context->enter();
    add_breadcrumb({}, {.category = "http",
                        .level = outcome.level,
                        .type = "http",
                        .data = {{"method", method_}, {"url", url_}, outcome.breadcrumb}});
  });
  span_.set_data(outcome.datum.key, outcome.datum.value).set_status(outcome.span_status);
  span_.finish();
}

}  // namespace picket::http
