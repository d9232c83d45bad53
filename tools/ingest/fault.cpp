#include "ingest/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace picket::ingest {
namespace {

Error bad(std::string_view whole, std::string_view part, std::string_view fix) {
  return {Errc::invalid_argument,
          fmt::format("fault `{}`: `{}` does not fit, {}", whole, part, fix)};
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::optional<std::chrono::milliseconds> to_duration(std::string_view text) {
  std::uint64_t factor = 0;
  if (text.size() > 2 && text.substr(text.size() - 2) == "ms") {
    factor = 1;
    text.remove_suffix(2);
  } else if (text.size() > 1 && text.back() == 's') {
    factor = 1000;
    text.remove_suffix(1);
  }
  const auto value = to_number(text);
  if (!value || factor == 0 || *value > 86'400'000) return {};
  return std::chrono::milliseconds(*value * factor);
}

bool parse_which(std::string_view text, Fault& fault) {
  if (text == "*") return true;
  const std::size_t dash = text.find('-');
  const auto first = to_number(text.substr(0, dash));
  if (!first || *first == 0) return false;
  fault.first = *first;
  if (dash == std::string_view::npos) {
    fault.last = *first;
  } else if (dash + 1 < text.size()) {
    const auto last = to_number(text.substr(dash + 1));
    if (!last || *last < *first) return false;
    fault.last = *last;
  }
  return true;
}

constexpr std::pair<std::string_view, FaultAction> kActions[] = {
    {"ok", FaultAction::answer},       {"hang", FaultAction::hang},
    {"reset", FaultAction::reset},     {"close", FaultAction::close},
    {"partial", FaultAction::partial}, {"garbage", FaultAction::garbage},
    {"drip", FaultAction::drip},       {"stall", FaultAction::stall},
    {"huge", FaultAction::huge},       {"huge-head", FaultAction::huge_head},
    {"drop", FaultAction::drop},       {"tls", FaultAction::tls},
};

bool parse_action(std::string_view text, Fault& fault) {
  for (const auto& [name, action] : kActions) {
    if (name != text) continue;
    fault.action = action;
    return true;
  }
  const auto status = to_number(text);
  if (!status || *status < 200 || *status > 599) return false;
  fault.status = static_cast<int>(*status);
  return true;
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// A comma starts a new option only if what follows looks like one: header values hold commas.
bool starts_option(std::string_view rest) {
  const std::string_view token = rest.substr(0, rest.find_first_of(",="));
  const bool has_value = token.size() < rest.size() && rest[token.size()] == '=';
  return (is_header_name(token) && has_value) || token == "processed" || token == "resume";
}

std::vector<std::string_view> split_options(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool in_header =
        start > 0 && text.substr(start, i - start).find('=') != std::string::npos;
    if (text[i] != ',' || (in_header && !starts_option(text.substr(i + 1)))) continue;
    parts.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

bool set_duration(std::string_view text, std::chrono::milliseconds& duration) {
  const auto parsed = to_duration(text);
  duration = parsed.value_or(duration);
  return parsed.has_value();
}

bool parse_option(std::string_view text, Fault& fault) {
  if (text == "processed") return fault.processed = true;
  if (text == "resume") return fault.resume = true;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, equals), value = text.substr(equals + 1);
  if (name == "delay") return set_duration(value, fault.delay);
  if (name == "limit") return set_duration(value, fault.limit.emplace());
  if (name == "every") return set_duration(value, fault.every);
  if (name == "size") {
    const auto size = to_number(value);
    fault.size = size.value_or(fault.size);
    return size.has_value();
  }
  if (!is_header_name(name) || value.find_first_of("\r\n") != std::string_view::npos) return false;
  fault.headers.emplace_back(name, value);
  return true;
}

// An option that would have no effect is a mistake. Nothing when there is none.
std::optional<std::pair<std::string_view, std::string_view>> idle_option(const Fault& fault) {
  const Fault usual;
  const auto is = [&](auto... actions) { return ((fault.action == actions) || ...); };
  using A = FaultAction;
  if (fault.limit && !is(A::hang, A::stall, A::drip, A::huge, A::huge_head)) {
    return {
        {"limit", "it belongs to hang, stall, drip, huge and huge-head; use delay to answer late"}};
  }
  if (fault.every != usual.every && !is(A::drip)) return {{"every", "it belongs to drip"}};
  if (fault.size != usual.size && !is(A::huge, A::huge_head)) {
    return {{"size", "it belongs to huge and huge-head"}};
  }
  if (fault.resume && !is(A::stall)) return {{"resume", "it belongs to stall"}};
  const bool has_request = !fault.endpoint.empty() || fault.processed || !fault.headers.empty() ||
                           fault.delay != usual.delay;
  if (fault.is_of_connection() && has_request) {
    return {{is(A::tls) ? "tls" : "drop", "there is no request yet, so it takes no options"}};
  }
  return {};
}

}  // namespace

Result<Fault> Fault::parse(std::string_view text) {
  Fault fault;
  std::string_view rest = text;
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) {
    return bad(text, text, "write WHICH:ACTION, for example 3:503 or *:hang");
  }
  std::string_view which = rest.substr(0, colon);
  if (const std::size_t at = which.find('@'); at != std::string_view::npos) {
    fault.endpoint = which.substr(0, at);
    which.remove_prefix(at + 1);
    if (fault.endpoint != "envelope" && fault.endpoint != "store") {
      return bad(text, fault.endpoint, "the endpoint is envelope or store");
    }
  }
  if (!parse_which(which, fault)) {
    return bad(text, which, "name requests as 3, 1-2, 4- or *, counted from 1");
  }
  const auto parts = split_options(rest.substr(colon + 1));
  if (!parse_action(parts.front(), fault)) {
    return bad(
        text, parts.front(),
        "the action is a status from 200 to 599, ok, hang, reset, close, partial, garbage, drip, "
        "stall, huge, huge-head, drop or tls");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!parse_option(parts[i], fault)) {
      return bad(text, parts[i],
                 "an option is delay=500ms, limit=2s, every=50ms, size=1000, resume, processed or "
                 "Header-Name=value");
    }
  }
  if (const auto idle = idle_option(fault)) return bad(text, idle->first, idle->second);
  return fault;
}

bool Fault::fits(std::string_view request_endpoint, std::uint64_t number) const noexcept {
  return !is_of_connection() && (endpoint.empty() || endpoint == request_endpoint) &&
         first <= number && number <= last;
}

bool Fault::fits_connection(std::uint64_t number) const noexcept {
  return is_of_connection() && first <= number && number <= last;
}

bool Fault::takes_in() const noexcept {
  switch (action) {
    case FaultAction::answer:
      return processed || status < 300;
    case FaultAction::drip:
    case FaultAction::huge:
    case FaultAction::huge_head:
      return true;  // who has said 200 has it
    case FaultAction::stall:
      return processed || resume;
    default:
      return processed;
  }
}

}  // namespace picket::ingest
