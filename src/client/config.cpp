#include "client/config.hpp"

#include "base/environment.hpp"
#include "base/text.hpp"
#include "client/dry_run.hpp"
#include "client/embedded_release.hpp"
#include "protocol/trim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace picket::client {
namespace {

using Complaints = std::vector<std::string>;

template <class T>
void clamp(T& value, T least, T most, std::string_view name, Complaints& complaints) {
  if (value >= least && value <= most) return;
  const T safe = std::clamp(value, least, most);
  complaints.push_back(
      fmt::format("Options::{} is {}, outside {} to {}; using {}", name, value, least, most, safe));
  value = safe;
}

void clamp(std::chrono::milliseconds& value, std::chrono::milliseconds least,
           std::chrono::milliseconds most, std::string_view name, Complaints& complaints) {
  auto count = value.count();
  clamp(count, least.count(), most.count(), fmt::format("{} (ms)", name), complaints);
  value = std::chrono::milliseconds(count);
}

/// Option, else variable, else `fallback`.
void fill(std::string& option, const char* variable, std::string_view fallback) {
  option = std::string(base::trim(option));
  if (!option.empty()) return;
  option = base::environment(variable).value_or(std::string(fallback));
}

std::optional<bool> parse_flag(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"true", "t", "y", "yes", "on", "1"};
  constexpr std::array<std::string_view, 6> kFalse{"false", "f", "n", "no", "off", "0"};
  const auto is = [&](std::string_view word) { return base::equals_ignoring_case(text, word); };
  if (std::any_of(kTrue.begin(), kTrue.end(), is)) return true;
  if (std::any_of(kFalse.begin(), kFalse.end(), is)) return false;
  return std::nullopt;
}

bool resolve_debug(const Options& options, Complaints& complaints) {
  if (options.debug) return *options.debug;
  const auto text = base::environment("SENTRY_DEBUG");
  if (!text) return false;
  const auto flag = parse_flag(*text);
  if (!flag) {
    complaints.push_back(
        fmt::format("SENTRY_DEBUG is \"{}\", neither true nor false; ignored", *text));
  }
  return flag.value_or(false);
}

/// Option, else variable; nothing when neither is a number from 0 to 1.
std::optional<double> resolve_rate(std::optional<double> option, std::string_view name,
                                   const char* variable, std::string_view fallback,
                                   Complaints& complaints) {
  const auto is_rate = [](double rate) { return rate >= 0.0 && rate <= 1.0; };  // false for NaN
  if (option) {
    if (is_rate(*option)) return option;
    complaints.push_back(
        fmt::format("Options::{} is {}, outside 0 to 1; using {}", name, *option, fallback));
    return std::nullopt;
  }
  const auto text = base::environment(variable);
  if (!text) return std::nullopt;
  const auto rate = base::parse_double(*text);
  if (rate && is_rate(*rate)) return rate;
  complaints.push_back(
      fmt::format("{} is \"{}\", not a number from 0 to 1; ignored", variable, *text));
  return std::nullopt;
}

/// `host[:port]`, as it stands in URLs.
std::string authority_of(const Dsn& dsn) {
  const std::string url = dsn.envelope_url();
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

tracing::TracePolicy trace_policy(const Options& options, const Dsn& dsn) {
  tracing::TracePolicy policy;
  policy.clock = options.clock;
  policy.public_key = dsn.public_key();
  policy.release = options.release;
  policy.environment = options.environment;
  policy.org_id = options.org_id ? options.org_id : dsn.org_id();
  policy.own_authority = authority_of(dsn);
  policy.targets = options.trace_propagation_targets;
  policy.traceparent = options.propagate_traceparent;
  policy.strict = options.strict_trace_continuation;
  policy.max_spans = options.max_spans;
  policy.ignore_spans = options.ignore_spans;
  return policy;
}

void check_texts(Options& options, Complaints& complaints) {
  if (!options.release.empty() && !protocol::is_valid_release(options.release)) {
    complaints.push_back(fmt::format(
        "the release \"{}\" is not valid (at most 200 bytes, no slash or line break); left out",
        base::ellipsize(options.release, 40)));
    options.release.clear();
  }
  if (!protocol::is_valid_environment(options.environment)) {
    complaints.push_back(fmt::format(
        "the environment \"{}\" is not valid (at most 64 bytes, no slash or line break, not "
        "\"none\"); using production",
        base::ellipsize(options.environment, 40)));
    options.environment = "production";
  }
  const bool dist_is_valid = options.dist.size() <= 64 &&
                             std::all_of(options.dist.begin(), options.dist.end(), [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                      (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
                             });
  if (!dist_is_valid) {
    complaints.push_back("Options::dist allows at most 64 of a-zA-Z0-9_.-; left out");
    options.dist.clear();
  }
}

void check_numbers(Options& options, Complaints& complaints) {
  using std::chrono::milliseconds;
  constexpr milliseconds kDay{24 * 60 * 60 * 1000};
  constexpr std::size_t kKiB = 1024;
  clamp<std::size_t>(options.max_breadcrumbs, 0, 1000, "max_breadcrumbs", complaints);
  clamp<std::size_t>(options.max_queue_items, 1, 100'000, "max_queue_items", complaints);
  clamp<std::size_t>(options.max_queue_bytes, 64 * kKiB, 1024 * kKiB * kKiB, "max_queue_bytes",
                     complaints);
  clamp<std::size_t>(options.max_attachment_bytes, 0, 200 * kKiB * kKiB, "max_attachment_bytes",
                     complaints);
  clamp<std::size_t>(options.max_spans, 0, 10'000, "max_spans", complaints);
  clamp<std::size_t>(options.error_limit.max_types, 1, 10'000, "error_limit.max_types", complaints);
  clamp(options.max_attempts, 1, 100, "max_attempts", complaints);
  clamp(options.shutdown_timeout, milliseconds(0), kDay, "shutdown_timeout", complaints);
  clamp(options.connect_timeout, milliseconds(1), kDay, "connect_timeout", complaints);
  clamp(options.request_timeout, milliseconds(1), kDay, "request_timeout", complaints);
  clamp(options.retry_backoff, milliseconds(1), kDay, "retry_backoff", complaints);
  clamp(options.retry_backoff_max, options.retry_backoff, kDay, "retry_backoff_max", complaints);
  clamp(options.max_retry_age, milliseconds(0), kDay * 30, "max_retry_age", complaints);
  clamp<std::size_t>(options.max_requests_in_flight, 1, 16, "max_requests_in_flight", complaints);
  clamp<std::size_t>(options.spool_max_bytes, 64 * kKiB, 64 * 1024 * kKiB * kKiB, "spool_max_bytes",
                     complaints);
  clamp<std::size_t>(options.spool_max_items, 1, 1'000'000, "spool_max_items", complaints);
  milliseconds age = options.spool_max_age;
  clamp(age, milliseconds(1000), kDay * 365, "spool_max_age", complaints);
  options.spool_max_age = std::chrono::duration_cast<std::chrono::seconds>(age);
  clamp(options.stats_interval, milliseconds(10), kDay, "stats_interval", complaints);
  clamp(options.spool_replay_interval, milliseconds(0), kDay, "spool_replay_interval", complaints);
}

std::string_view to_text(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return "off";
}

std::string describe_tracing(const Config& config) {
  if (config.options.traces_sampler) return "by sampler";
  return config.traces_sample_rate ? fmt::format("{}", *config.traces_sample_rate) : "off";
}

}  // namespace

Resolved resolve(Options options) {
  Resolved resolved;
  Complaints& complaints = resolved.complaints;
  fill(options.dsn, "SENTRY_DSN", "");
  fill(options.release, "SENTRY_RELEASE", embedded_release());
  fill(options.environment, "SENTRY_ENVIRONMENT",
       options.host_debug_mode ? "development" : "production");
  if (options.dry_run) {
    if (options.dsn.empty()) options.dsn = kDryRunDsn;
    options.spool_directory.clear();  // what lies there would be sent
  }
  check_texts(options, complaints);
  check_numbers(options, complaints);

  Config& config = resolved.config;
  config.debug = resolve_debug(options, complaints);
  config.diagnostic_level =
      options.diagnostic_level.value_or(config.debug ? Level::debug : Level::warning);
  config.sample_rate =
      resolve_rate(options.sample_rate, "sample_rate", "SENTRY_SAMPLE_RATE", "1", complaints)
          .value_or(1.0);
  config.traces_sample_rate = resolve_rate(options.traces_sample_rate, "traces_sample_rate",
                                           "SENTRY_TRACES_SAMPLE_RATE", "none", complaints);
  if (!options.dsn.empty()) {
    auto dsn = Dsn::parse(options.dsn);
    if (dsn) {
      config.dsn = std::move(*dsn);
    } else {
      config.dsn_error = dsn.error().message;
    }
  }
  config.trace = std::make_shared<const tracing::TracePolicy>(
      config.dsn ? trace_policy(options, *config.dsn) : tracing::TracePolicy{});
  config.options = std::move(options);
  return resolved;
}

std::string describe(const Config& config) {
  const Options& options = config.options;
  return fmt::format(
      "dsn {}, release {}, environment {}, sample rate {}, tracing {}, breadcrumbs {}, queue {} "
      "items or {} "
      "bytes, attempts {}, compression {}, personal data {}",
      config.dsn ? config.dsn->masked() : "none",
      options.release.empty() ? "none" : options.release, options.environment, config.sample_rate,
      describe_tracing(config), options.max_breadcrumbs, options.max_queue_items,
      options.max_queue_bytes, options.max_attempts, to_text(options.compression),
      options.send_default_pii ? "on" : "off");
}

}  // namespace picket::client
