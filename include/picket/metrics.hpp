#pragma once

// Metrics: numbers about the running program.
//
//   picket::metrics::count("orders");
//   picket::metrics::gauge("queue.depth", depth, {.attributes = {{"queue", "mail"}}});
//   picket::metrics::distribution("cart.load", 12.5, {.unit = "millisecond"});
//
// Each call is one raw observation: nothing is added up in the process. It belongs to the trace and
// the span of the calling thread. Observations wait in a batch, which leaves when it has 100 of
// them, when its first is 5 seconds old, and with `flush` and `close`.
// `Options::before_send_metric` sees each before it leaves, on the worker.
//
// The `record_*_metric` functions make the usual set of metrics of one piece of work; they count
// for `picket::stats().figures` too, also with `Options::enable_metrics` off.
//
// Attributes are texts, numbers and flags; lists of those of one type stay lists, everything else
// that is nested becomes its JSON text. Null, NaN and infinities are left out.

#include "picket/export.hpp"
#include "picket/is_on.hpp"
#include "picket/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace picket {

/// What may accompany an observation.
/// Lifetime: borrowed until the call returns.
struct MetricArgs {
  std::string_view unit{};  // `millisecond`, `byte`, `ratio`, …; counters have none. Spec: P4.5
  Attributes attributes{};
};

/// Errors:  none are thrown; an empty name, a value that is no finite number, and an observation of
///          more than 2 KiB of JSON are dropped alone and counted as `invalid`.
/// Threads: any; a call takes a lock for the copy of its texts, and every 100th hands the batch on.
///          From a hook nothing is recorded.
/// Spec:    P5.3.
namespace metrics {

/// Something happened, `value` times.
inline void count(std::string_view name, double value = 1, const MetricArgs& args = {}) noexcept;

/// Something has this size now.
inline void gauge(std::string_view name, double value, const MetricArgs& args = {}) noexcept;

/// Something took this long, or was this large; of many such values the spread is asked for.
inline void distribution(std::string_view name, double value, const MetricArgs& args = {}) noexcept;

/// The same while picket is on.
namespace live {
PICKET_EXPORT void count(std::string_view name, double value, const MetricArgs& args) noexcept;
PICKET_EXPORT void gauge(std::string_view name, double value, const MetricArgs& args) noexcept;
PICKET_EXPORT void distribution(std::string_view name, double value,
                                const MetricArgs& args) noexcept;
}  // namespace live

inline void count(std::string_view name, double value, const MetricArgs& args) noexcept {
  if (detail::is_on()) live::count(name, value, args);
}
inline void gauge(std::string_view name, double value, const MetricArgs& args) noexcept {
  if (detail::is_on()) live::gauge(name, value, args);
}
inline void distribution(std::string_view name, double value, const MetricArgs& args) noexcept {
  if (detail::is_on()) live::distribution(name, value, args);
}

}  // namespace metrics

/// How long a piece of work took; nothing: it is counted without a duration.
using MetricDuration = std::optional<std::chrono::duration<double, std::milli>>;

/// One run of a command: `<prefix>.command.execution_time`, `.usage`, `.failures`.
/// Texts that are empty make no attribute, here and below. Lifetime: borrowed until the call
/// returns. Spec: T13.
struct CommandMetric {
  std::string_view command{};
  std::string_view command_type{};
  MetricDuration duration{};
  bool success = true;
  std::string_view error_type{};
  bool user_error = false;  // adds `outcome` = `user_error`; neither a success nor a failure
};

/// One operation on a database: `<prefix>.database.operation.duration`, `.operation.count`,
/// `.failures`; `.retries` goes up by the number of them.
struct DatabaseMetric {
  std::string_view operation{};
  std::string_view table{};
  MetricDuration duration{};
  bool success = true;
  std::string_view error_type{};
  std::uint32_t retries = 0;
};

/// One call of another service: `<prefix>.api.call.duration`, `.call.count`, `.rate_limits`,
/// `.failures`.
struct ApiMetric {
  std::string_view service{};
  std::string_view endpoint{};
  std::string_view method{};
  MetricDuration duration{};
  std::optional<int> status_code{};
  bool success = true;
  bool rate_limited = false;
};

/// One operation of a module: `<prefix>.cog.operation.duration`, `.operation.count`, `.failures`.
struct ModuleMetric {
  std::string_view module{};  // becomes the attribute `cog`
  std::string_view operation{};
  MetricDuration duration{};
  bool success = true;
  std::string_view error_type{};
};

/// One access to a cache: `<prefix>.cache.operation.duration`, `.hits` or `.misses`, `.size`.
struct CacheMetric {
  std::string_view cache{};
  std::string_view operation{};
  MetricDuration duration{};
  bool hit = false;  // wins over `miss`
  bool miss = false;
  std::optional<std::uint64_t> size{};
};

/// One run of a background task: `<prefix>.task.execution_time`, `.executions`, `.failures`.
struct TaskMetric {
  std::string_view task{};
  std::string_view task_type{};
  MetricDuration duration{};
  bool success = true;
  std::string_view error_type{};
};

/// `<prefix>` is `Options::metric_prefix`, or `Options::domain` where that is empty. Durations are
/// in milliseconds. Failures are counted only where there was one. Spec: T13.
PICKET_EXPORT void record_command_metric(const CommandMetric& metric) noexcept;
PICKET_EXPORT void record_database_metric(const DatabaseMetric& metric) noexcept;
PICKET_EXPORT void record_api_metric(const ApiMetric& metric) noexcept;
PICKET_EXPORT void record_module_metric(const ModuleMetric& metric) noexcept;
PICKET_EXPORT void record_cache_metric(const CacheMetric& metric) noexcept;
PICKET_EXPORT void record_task_metric(const TaskMetric& metric) noexcept;

}  // namespace picket
