#include "http_url.hpp"

#include "http_text.hpp"
#include "picket/dsn.hpp"

#include <charconv>

namespace picket::http {
namespace {

/// Cuts `text` at the first of `marks` and returns what stands before it.
std::string_view take_until(std::string_view& text, std::string_view marks) noexcept {
  const std::size_t end = std::min(text.find_first_of(marks), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
  return is_whole ? std::optional(port) : std::nullopt;
}

void parse_authority(std::string_view text, Url& url) noexcept {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    url.has_credentials = true;
    text.remove_prefix(at + 1);
  }
  const std::size_t bracket = text.rfind(']');  // of an IPv6 address, which has colons itself
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  url.host = has_port ? text.substr(0, colon) : text;
  if (has_port) url.port = parse_port(text.substr(colon + 1));
}

}  // namespace

std::optional<std::uint16_t> Url::effective_port() const noexcept {
  if (port) return port;
  if (equals_ignoring_case(scheme, "https")) return 443;
  if (scheme.empty() || equals_ignoring_case(scheme, "http")) return 80;
  return {};
}

Url parse_url(std::string_view text) noexcept {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon != std::string_view::npos && text.find_first_of("/?#@") > colon) {
    url.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 3);
    parse_authority(take_until(text, "/?#"), url);
  } else if (!text.starts_with('/')) {
    parse_authority(take_until(text, "/?#"), url);
  }
  url.path = take_until(text, "?#");
  if (text.starts_with('?')) url.query = take_until(text, "#").substr(1);
  if (text.starts_with('#')) url.fragment = text.substr(1);
  return url;
}

std::string shown(const Url& url) {
  std::string text(url.scheme);
  if (!text.empty()) text += "://";
  if (url.has_credentials) text += "[Filtered]:[Filtered]@";
  text += url.host;
  if (url.port) text += ':' + std::to_string(*url.port);
  return text += url.path;
}

bool is_server_of(const Url& url, std::string_view dsn) {
  const auto parsed = Dsn::parse(dsn);
  return parsed && equals_ignoring_case(url.host, parsed->host()) &&
         url.effective_port() == parsed->port();
}

}  // namespace picket::http
