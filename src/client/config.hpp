#pragma once

// `resolve` turns what the host asked for into what the client does: the environment is merged in,
// numbers are clamped, texts checked. Everything after it reads the immutable `Config`. A bad
// option becomes a complaint and a safe default, never a failure.

#include "picket/dsn.hpp"
#include "picket/options.hpp"
#include "tracing/span_tree.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picket::client {

/// Options after `resolve`: every value is set and within its range.
/// Threads: immutable; any.
struct Config {
  Options options{};
  std::optional<Dsn> dsn{};  // nothing: the client stays off
  std::string dsn_error{};   // why, when a DSN was given; the key is masked
  bool debug = false;
  Level diagnostic_level = Level::warning;
  double sample_rate = 1.0;
  std::optional<double> traces_sample_rate{};
  std::shared_ptr<const tracing::TracePolicy> trace{};  // never null

  /// Without either no transaction is ever sent. Spec: P4.6.
  [[nodiscard]] bool is_tracing() const noexcept {
    return traces_sample_rate.has_value() || options.traces_sampler != nullptr;
  }

  /// Whether the capture of a text, or the start of a transaction, may run the host's code.
  [[nodiscard]] bool calls_host() const noexcept {
    return options.random || options.logger || options.traces_sampler || !options.clock.is_system();
  }
};

struct Resolved {
  Config config{};
  std::vector<std::string> complaints{};
};

/// Spec: P7.1, P7.16 (truth table), S3.1 to S3.4.
Resolved resolve(Options options);

/// The options in effect, one line, the DSN masked. Spec: S12.5.
std::string describe(const Config& config);

}  // namespace picket::client
