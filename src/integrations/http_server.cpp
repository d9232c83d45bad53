#include "picket/integrations/http_server.hpp"

#include "http_contain.hpp"
#include "http_scrub.hpp"
#include "http_text.hpp"
#include "http_url.hpp"
#include "picket/picket.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace picket::http {
namespace {

constexpr std::size_t kMaxHeaders = 100;
constexpr std::size_t kMaxHeaderValue = 4096;
constexpr std::size_t kMaxBody = 8192;  // P3.18

Privacy privacy_now() {
  return current_client().options().send_default_pii ? Privacy::all : Privacy::strict;
}

std::string_view find(std::span<const Header> headers, std::string_view name) noexcept {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

/// Cookies have a member of their own in the payload.
std::string_view told(const Header& header, Privacy privacy) noexcept {
  const bool is_secret =
      is_sensitive(header.first, privacy) || contains_ignoring_case(header.first, "cookie");
  return is_secret ? kFiltered : header.second.substr(0, kMaxHeaderValue);
}

Object told_headers(std::span<const Header> headers, Privacy privacy) {
  std::vector<Member> members;
  for (const Header& header : headers.first(std::min(headers.size(), kMaxHeaders))) {
    const auto same = std::find_if(members.begin(), members.end(), [&](const Member& member) {
      return equals_ignoring_case(member.key, header.first);
    });
    if (same == members.end()) {
      members.push_back({std::string(header.first), Value(told(header, privacy))});
    } else if (same->value != Value(kFiltered)) {
      std::string all(same->value.text_or(""));
      same->value = Value(all.append(", ").append(told(header, privacy)));
    }
  }
  return Object::from_members(std::move(members));
}

/// Where the request went: its target, and the host that it was sent to.
Url url_of(const IncomingRequest& request) noexcept {
  Url url = parse_url(request.target);
  if (!url.scheme.empty()) return url;  // a target in absolute form
  if (!request.target.starts_with('/')) url = {.path = request.target};  // `*`, or of CONNECT
  const Url host = parse_url(find(request.headers, "host"));
  url.host = host.host;
  url.port = host.port;
  url.scheme = url.host.empty() ? std::string_view{} : request.scheme;
  return url;
}

Request to_request(const IncomingRequest& request, const Url& url, Privacy privacy) {
  Request told{.method = std::string(request.method), .url = shown(url)};
  told.query_string = scrub_query(url.query, privacy);
  told.headers = told_headers(request.headers, privacy);
  if (privacy == Privacy::strict) return told;
  const std::string_view cookies = find(request.headers, "cookie");
  if (!cookies.empty()) told.cookies = scrub_cookies(cookies);
  if (!request.remote_address.empty()) told.env.set("REMOTE_ADDR", Value(request.remote_address));
  return told;
}

void continue_trace_of(std::span<const Header> headers) {
  IncomingTrace incoming;
  for (const auto& [name, value] : headers) incoming.add(name, value);
  continue_trace(incoming);
}

void describe(SpanHandle span, const Url& url, Privacy privacy) {
  if (!span.is_recording()) return;
  if (!url.query.empty()) span.set_data("http.query", scrub_query(url.query, privacy));
  if (url.host.empty()) return;
  span.set_data("url.scheme", url.scheme).set_data("server.address", url.host);
  if (const auto port = url.effective_port()) span.set_data("server.port", *port);
}

}  // namespace

ServerRequest::ServerRequest(const IncomingRequest& request) noexcept {
  if (is_initialized()) contain([&] { start(request); });
}

ServerRequest::~ServerRequest() { finish(500); }

void ServerRequest::start(const IncomingRequest& request) {
  const Privacy privacy = privacy_now();
  const Url url = url_of(request);
  scope_ = isolate();
  is_open_ = true;
  continue_trace_of(request.headers);
  method_ = request.method;
  origin_ = request.origin;
  Request told = to_request(request, url, privacy);
  const bool is_readable = !request.method.empty() && !request.target.empty();
  const std::string name =
      is_readable ? method_ + ' ' + std::string(url.path) : "unreadable request";
  const Object facts{{"http.request.method", Value(method_)}, {"url", Value(told.url)}};
  transaction_ =
      start_transaction({.op = "http.server",
                         .name = name,
                         .source = is_readable ? TransactionSource::url : TransactionSource::custom,
                         .origin = request.origin,
                         .data = facts,
                         .sampling_data = facts});
  describe(transaction_, url, privacy);
  if (privacy == Privacy::all) request_ = told;
  configure_isolation_scope([&](Scope& scope) { scope.set_request(std::move(told)); });
}

void ServerRequest::set_route(std::string_view route) noexcept {
  if (!is_open_) return;
  contain([&] {
    transaction_.set_name(method_ + ' ' + std::string(route), TransactionSource::route);
    transaction_.set_data("http.route", route);
  });
}

void ServerRequest::set_body(std::string_view content_type, std::string_view body) noexcept {
  if (!is_open_ || !request_ || body.empty() || body.size() > kMaxBody) return;
  contain([&] {
    request_->data = scrub_body(content_type, body);
    configure_isolation_scope([&](Scope& scope) { scope.set_request(*request_); });
  });
}

void ServerRequest::set_unhandled(std::exception_ptr error) noexcept {
  if (is_open_) unhandled_ = std::move(error);
}

void ServerRequest::finish(int status) noexcept {
  if (!std::exchange(is_open_, false)) return;
  const std::exception_ptr unhandled = std::exchange(unhandled_, nullptr);
  if (unhandled != nullptr) {  // it was caught here, which is no place that anybody looks for
    capture_exception(unhandled, {.mechanism = origin_, .handled = false}, SourceLocation{});
  }
  transaction_.set_data("http.response.status_code", status);
  transaction_.set_status(unhandled != nullptr ? SpanStatus::internal_error
                                               : status_from_http(status));
  transaction_.finish();
  scope_ = ScopeGuard();
}

}  // namespace picket::http
