// The metrics functions of the front door.

#include "picket/metrics.hpp"

#include "base/diagnostics.hpp"
#include "sdk/current_client.hpp"

#include <exception>

namespace picket::metrics::live {
namespace {

/// What is thrown inside is told on the log alone. Spec: T13.
void record(const client::MetricSample& sample) noexcept {
  try {
    const sdk::BorrowedCore core;
    if (core) core->record(sample);
  } catch (const std::exception& error) {
    diag::debug("a metric could not be recorded: {}", error.what());
  } catch (...) {
    diag::debug("a metric could not be recorded");
  }
}

}  // namespace

void count(std::string_view name, double value, const MetricArgs& args) noexcept {
  record({.type = Metric::Type::counter, .name = name, .value = value, .args = args});
}

void gauge(std::string_view name, double value, const MetricArgs& args) noexcept {
  record({.type = Metric::Type::gauge, .name = name, .value = value, .args = args});
}

void distribution(std::string_view name, double value, const MetricArgs& args) noexcept {
  record({.type = Metric::Type::distribution, .name = name, .value = value, .args = args});
}

}  // namespace picket::metrics::live
