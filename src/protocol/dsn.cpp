#include "picket/dsn.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace picket {
namespace {

constexpr auto kNowhere = std::string_view::npos;

// Says what is wrong with one part, never with words of the input: it may hold keys anywhere.
Error fault(std::string_view part) {
  return {Errc::invalid_dsn, "invalid DSN: " + std::string(part) +
                                 " (expected https://<public key>@<host>[:<port>]/<project>)"};
}

std::uint16_t default_port(std::string_view scheme) noexcept {
  return scheme == "https" ? 443 : 80;
}

// Also keeps line breaks in a DSN from becoming header lines of a request.
bool has_control_character(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

bool is_ipv6_literal(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  in6_addr address{};
  const std::string inner(host.substr(1, host.size() - 2));
  return inet_pton(AF_INET6, inner.c_str(), &address) == 1;
}

bool is_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') return is_ipv6_literal(host);
  return !host.empty() && host.find_first_of(" @[]\\<>\"^`{|}") == kNowhere;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint32_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (text.size() > 5 || error != std::errc{} || stopped != end) return std::nullopt;
  if (port < 1 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

struct Authority {
  std::string_view host{};
  std::string_view port{};
  bool has_port = false;
};

Authority split_authority(std::string_view text) noexcept {
  // The colons of an IPv6 literal are not the port's.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == kNowhere ? 0 : bracket);
  if (colon == kNowhere) return {text};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

std::string_view without_slashes_at_end(std::string_view path) noexcept {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return path;
}

}  // namespace

Result<Dsn> Dsn::parse(std::string_view text) {
  std::string_view rest = base::trim(text);
  if (has_control_character(rest)) return fault("it holds a control character");

  Dsn dsn;
  const std::size_t colon = rest.find("://");
  if (colon == kNowhere) return fault("the scheme is missing");
  dsn.scheme_ = base::to_lower(rest.substr(0, colon));
  if (dsn.scheme_ != "http" && dsn.scheme_ != "https") {
    return fault("the scheme is neither http nor https");
  }
  rest.remove_prefix(colon + 3);

  const std::size_t at = rest.find_first_of("@/");
  if (at == kNowhere || rest[at] != '@') return fault("the public key is missing");
  const std::string_view keys = rest.substr(0, at);
  const std::size_t between = std::min(keys.find(':'), keys.size());
  dsn.public_key_ = keys.substr(0, between);
  dsn.secret_key_ = keys.substr(std::min(between + 1, keys.size()));
  if (dsn.public_key_.empty()) return fault("the public key is empty");
  rest.remove_prefix(at + 1);

  rest = rest.substr(0, rest.find_first_of("?#"));  // query and fragment mean nothing here
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const Authority authority = split_authority(rest.substr(0, slash));
  if (authority.host.empty()) return fault("the host is empty");
  if (!is_host(authority.host)) return fault("the host is not a name or address");
  dsn.host_ = authority.host;
  const auto port = authority.has_port ? parse_port(authority.port) : default_port(dsn.scheme_);
  if (!port) return fault("the port is not a number from 1 to 65535");
  dsn.port_ = *port;

  const std::string_view path = without_slashes_at_end(rest.substr(slash));
  const std::size_t last = path.rfind('/');
  if (last == kNowhere) return fault("the project is missing");
  if (path.find(' ') != kNowhere) return fault("the path or project holds a blank");
  dsn.project_id_ = path.substr(last + 1);
  dsn.path_ = without_slashes_at_end(path.substr(0, last));
  return dsn;
}

std::optional<std::uint64_t> Dsn::org_id() const noexcept {
  const std::string_view host = host_;
  const std::size_t dot = host.find('.');
  if (host.front() != 'o' || dot == kNowhere || dot + 1 == host.size()) return std::nullopt;
  std::uint64_t id = 0;
  const char* const end = host.data() + dot;
  const auto [stopped, error] = std::from_chars(host.data() + 1, end, id);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return id;
}

std::string Dsn::envelope_url() const {
  return scheme_ + "://" + authority() + path_ + "/api/" + project_id_ + "/envelope/";
}

std::string Dsn::to_string() const { return print(public_key_, secret_key_); }

std::string Dsn::masked() const {
  constexpr std::string_view kMask = "***";
  return print(kMask, secret_key_.empty() ? "" : kMask);
}

std::string Dsn::authority() const {
  return port_ == default_port(scheme_) ? host_ : host_ + ':' + std::to_string(port_);
}

std::string Dsn::print(std::string_view public_key, std::string_view secret_key) const {
  std::string text = scheme_ + "://";
  text += public_key;
  if (!secret_key.empty()) text.append(1, ':').append(secret_key);
  return text + '@' + authority() + path_ + '/' + project_id_;
}

}  // namespace picket
