#pragma once

// Requests that a client of cpp-httplib sends, told to picket; see `httplib.hpp`.

#include "picket/integrations/http_client.hpp"
#include "picket/picket.hpp"

#include <httplib.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::httplib {

namespace detail {

inline std::string baggage_of(const ::httplib::Headers& headers) {
  std::string all;
  const auto [first, last] = headers.equal_range("baggage");
  for (auto header = first; header != last; ++header) {
    if (!all.empty()) all += ',';
    all += header->second;
  }
  return all;
}

inline std::string join(std::string_view base_url, std::string_view path) {
  if (base_url.ends_with('/') && path.starts_with('/')) base_url.remove_suffix(1);
  return std::string(base_url).append(path);
}

inline std::optional<std::uint64_t> content_length(const ::httplib::Response& response) {
  const std::string text = response.get_header_value("Content-Length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number ? std::optional(length) : std::nullopt;
}

}  // namespace detail

/// `client.send(request)`, traced: the request leaves with trace headers, and a span `http.client`
/// and a breadcrumb tell of it. `base_url` is where the client is connected to, as
/// `https://shop.example`: a client does not tell.
/// Errors: those of httplib; their text is the datum `error.type` of the span.
/// Spec: P3.16, P4.9, P4.15.
template <class Client>
::httplib::Result send(Client& client, std::string_view base_url,
                       const ::httplib::Request& request) {
  if (!is_initialized()) return client.send(request);
  ::httplib::Request sent = request;
  http::ClientRequest traced({.method = request.method,
                              .url = detail::join(base_url, request.path),
                              .baggage = detail::baggage_of(request.headers),
                              .origin = "auto.http.httplib"});
  for (const auto& [name, value] : traced.headers()) {
    sent.headers.erase(name);
    sent.set_header(name, value);
  }
  ::httplib::Result result = client.send(sent);
  if (result) {
    traced.finish(result->status, detail::content_length(*result));
  } else {
    traced.fail(::httplib::to_string(result.error()));
  }
  return result;
}

template <class Client>
::httplib::Result get(Client& client, std::string_view base_url, const std::string& path,
                      const ::httplib::Headers& headers = {}) {
  ::httplib::Request request;
  request.method = "GET";
  request.path = path;
  request.headers = headers;
  return send(client, base_url, request);
}

template <class Client>
::httplib::Result post(Client& client, std::string_view base_url, const std::string& path,
                       const std::string& body, const std::string& content_type,
                       const ::httplib::Headers& headers = {}) {
  ::httplib::Request request;
  request.method = "POST";
  request.path = path;
  request.headers = headers;
  request.headers.emplace("Content-Type", content_type);
  request.body = body;
  return send(client, base_url, request);
}

}  // namespace picket::httplib
