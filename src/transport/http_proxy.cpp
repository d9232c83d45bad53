#include "transport/http_proxy.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"http",    "https",  "socks4",
                                                    "socks4a", "socks5", "socks5h"};

std::string to_upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string first_set(const EnvironmentLookup& lookup, const std::string& name, bool upper_too) {
  if (auto value = lookup(name.c_str())) return *value;
  if (!upper_too) return {};
  return lookup(to_upper(name).c_str()).value_or("");
}

bool is_known_kind(std::string_view proxy) {
  const std::size_t colon = proxy.find("://");
  if (colon == std::string_view::npos) return true;  // a bare host is an HTTP proxy
  const std::string kind = base::to_lower(proxy.substr(0, colon));
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

}  // namespace

Result<ProxyChoice> choose_proxy(std::string_view scheme, const ProxyChoice& options,
                                 const EnvironmentLookup& lookup) {
  ProxyChoice choice = options;
  std::string source = "Options::proxy";
  if (choice.proxy.empty()) {
    source = std::string(scheme) + "_proxy";
    choice.proxy = first_set(lookup, source, scheme != "http");
  }
  if (choice.proxy.empty()) choice.proxy = first_set(lookup, source = "all_proxy", true);
  if (choice.no_proxy.empty()) choice.no_proxy = first_set(lookup, "no_proxy", true);
  if (is_known_kind(choice.proxy)) return choice;
  return Error{Errc::unavailable, source + " names a kind of proxy that there is not: " +
                                      without_credentials(choice.proxy) +
                                      "; http, https, socks5 and socks5h are known"};
}

std::string without_credentials(std::string_view text) {
  std::string masked;
  while (!text.empty()) {
    // A token ends where a quoted or blank-separated text ends; its last @ ends the credentials.
    const std::size_t end = std::min(text.find_first_of(" '\"\n\t"), text.size());
    const std::string_view token = text.substr(0, end);
    const std::size_t at = token.rfind('@');
    if (at == std::string_view::npos) {
      masked += token;
    } else {
      const std::size_t scheme = token.find("://");
      if (scheme < at) masked += token.substr(0, scheme + 3);
      masked += "***";
      masked += token.substr(at);
    }
    if (end < text.size()) masked += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return masked;
}

}  // namespace picket::transport
