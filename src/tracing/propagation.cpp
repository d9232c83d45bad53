#include "tracing/propagation.hpp"

#include "base/text.hpp"
#include "tracing/baggage.hpp"

#include <algorithm>
#include <utility>

namespace picket::tracing {
namespace {

// `host[:port]` of a URL, without a port that its scheme implies.
std::string_view authority_of(std::string_view url) noexcept {
  std::string_view default_port;
  const std::size_t colon = url.find("://");
  if (colon != std::string_view::npos && url.find_first_of("/?#") == colon + 1) {
    const std::string_view scheme = url.substr(0, colon);
    if (base::equals_ignoring_case(scheme, "https")) default_port = ":443";
    if (base::equals_ignoring_case(scheme, "http")) default_port = ":80";
    url.remove_prefix(colon + 3);
  }
  std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  if (!default_port.empty() && authority.ends_with(default_port)) {
    authority.remove_suffix(default_port.size());
  }
  return authority;
}

}  // namespace

bool is_target(std::string_view url, const std::optional<std::vector<std::string>>& targets,
               std::string_view own_authority) {
  if (url.empty()) return !targets || !targets->empty();
  const bool is_own =
      !own_authority.empty() && base::equals_ignoring_case(authority_of(url), own_authority);
  if (is_own) return false;
  return !targets || std::any_of(targets->begin(), targets->end(), [&](const std::string& target) {
    return base::matches_entry(url, target);
  });
}

HeaderList make_headers(const TraceHeader& header, const DynamicSamplingContext& context,
                        std::string_view existing_baggage, bool traceparent) {
  HeaderList headers;
  headers.reserve(3);
  headers.emplace_back("sentry-trace", to_sentry_trace(header));
  std::string baggage = to_baggage(context.members, existing_baggage);
  if (!baggage.empty()) headers.emplace_back("baggage", std::move(baggage));
  if (traceparent) headers.emplace_back("traceparent", to_traceparent(header));
  return headers;
}

}  // namespace picket::tracing
