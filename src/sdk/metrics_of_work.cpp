// The usual metrics of a piece of work, made of the three kinds there are. Spec: T13.

#include "base/diagnostics.hpp"
#include "client/figures.hpp"
#include "picket/metrics.hpp"
#include "sdk/current_client.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace picket {
namespace {

/// Attributes of one piece of work, in order; those without a value are left out.
class Facts {
 public:
  Facts& text(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
    return *this;
  }
  Facts& flag(std::string_view key, bool value) { return add(key, value); }
  Facts& number(std::string_view key, std::int64_t value) { return add(key, value); }

  [[nodiscard]] Attributes view() const noexcept { return facts_; }

 private:
  Facts& add(std::string_view key, const ValueRef& value) {
    facts_.set(key, value.to_value());
    return *this;
  }

  Object facts_;
};

/// Makes the metrics of one kind of work, `<prefix>.<kind>.…`.
class Recorder {
 public:
  Recorder(const Options& options, std::string_view kind)
      : name_(options.metric_prefix.empty() ? options.domain : options.metric_prefix) {
    name_.append(".").append(kind);
    kind_end_ = name_.size();
  }

  void took(std::string_view suffix, const MetricDuration& duration, const Facts& facts) {
    if (!duration) return;
    metrics::distribution(named(suffix), duration->count(),
                          {.unit = "millisecond", .attributes = facts.view()});
  }
  void count(std::string_view suffix, double value, const Facts& facts) {
    metrics::count(named(suffix), value, {.attributes = facts.view()});
  }
  void gauge(std::string_view suffix, double value, const Facts& facts) {
    metrics::gauge(named(suffix), value, {.attributes = facts.view()});
  }

 private:
  std::string_view named(std::string_view suffix) {
    name_.resize(kind_end_);
    return name_.append(suffix);
  }

  std::string name_;
  std::size_t kind_end_ = 0;
};

/// Runs `work` on the current core; while off it costs one atomic read.
template <class Work>
void with_recording_core(Work&& work) noexcept {
  if (!sdk::is_active()) return;
  try {
    const sdk::BorrowedCore core;
    if (core) work(*core);
  } catch (const std::exception& error) {
    diag::debug("metrics could not be recorded: {}", error.what());
  } catch (...) {
    diag::debug("metrics could not be recorded");
  }
}

/// Runs `work` with a recorder, unless metrics are off: then nothing is put together.
template <class Work>
void record(const client::Core& core, std::string_view kind, Work&& work) {
  const Options& options = core.config().options;
  if (!options.enable_metrics) return;
  Recorder recorder(options, kind);
  work(recorder);
}

std::chrono::nanoseconds whole(const MetricDuration& duration) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(*duration);
}

figures::Outcome outcome_of(const CommandMetric& metric) noexcept {
  if (metric.user_error) return figures::Outcome::user_error;
  return metric.success ? figures::Outcome::ok : figures::Outcome::failed;
}

void feed(client::Core& core, const CommandMetric& metric) {
  std::optional<std::chrono::nanoseconds> duration;
  if (metric.duration) duration = whole(metric.duration);
  client::record_command(core, metric.command, outcome_of(metric), duration);
}

}  // namespace

void record_command_metric(const CommandMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    feed(core, metric);
    record(core, "command", [&](Recorder& to) {
      const Facts facts = Facts()
                              .text("command", metric.command)
                              .text("command_type", metric.command_type)
                              .flag("success", metric.success)
                              .text("error_type", metric.error_type)
                              .text("outcome", metric.user_error ? "user_error" : "");
      to.took(".execution_time", metric.duration, facts);
      to.count(".usage", 1, facts);
      if (!metric.success) to.count(".failures", 1, facts);
    });
  });
}

void record_database_metric(const DatabaseMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    if (metric.duration) {
      client::record_database(core, metric.operation, metric.table, whole(metric.duration));
    }
    record(core, "database", [&](Recorder& to) {
      Facts facts;
      facts.text("operation", metric.operation).text("table", metric.table);
      if (metric.retries > 0) facts.number("retry_count", metric.retries);
      facts.flag("success", metric.success).text("error_type", metric.error_type);
      to.took(".operation.duration", metric.duration, facts);
      to.count(".operation.count", 1, facts);
      if (metric.retries > 0) {
        const Facts where = Facts()
                                .text("operation", metric.operation)
                                .text("table", metric.table.empty() ? "unknown" : metric.table);
        to.count(".retries", metric.retries, where);
      }
      if (!metric.success) to.count(".failures", 1, facts);
    });
  });
}

void record_api_metric(const ApiMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    if (metric.duration) {
      client::record_api(core, metric.endpoint.empty() ? metric.service : metric.endpoint,
                         metric.status_code, whole(metric.duration));
    }
    record(core, "api", [&](Recorder& to) {
      const Facts where = Facts().text("service", metric.service).text("endpoint", metric.endpoint);
      Facts facts = where;
      facts.text("method", metric.method);
      if (metric.status_code) facts.number("status_code", *metric.status_code);
      if (metric.rate_limited) facts.flag("rate_limited", true);
      facts.flag("success", metric.success);
      to.took(".call.duration", metric.duration, facts);
      to.count(".call.count", 1, facts);
      if (metric.rate_limited) to.count(".rate_limits", 1, where);
      if (!metric.success) to.count(".failures", 1, facts);
    });
  });
}

void record_module_metric(const ModuleMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    record(core, "cog", [&](Recorder& to) {
      const Facts facts = Facts()
                              .text("cog", metric.module)
                              .text("operation", metric.operation)
                              .flag("success", metric.success)
                              .text("error_type", metric.error_type);
      to.took(".operation.duration", metric.duration, facts);
      to.count(".operation.count", 1, facts);
      if (!metric.success) to.count(".failures", 1, facts);
    });
  });
}

void record_cache_metric(const CacheMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    record(core, "cache", [&](Recorder& to) {
      const Facts which = Facts().text("cache", metric.cache);
      Facts facts = which;
      facts.text("operation", metric.operation);
      to.took(".operation.duration", metric.duration, facts);
      if (metric.hit) {
        to.count(".hits", 1, facts);
      } else if (metric.miss) {
        to.count(".misses", 1, facts);
      }
      if (metric.size) to.gauge(".size", static_cast<double>(*metric.size), which);
    });
  });
}

void record_task_metric(const TaskMetric& metric) noexcept {
  with_recording_core([&](client::Core& core) {
    record(core, "task", [&](Recorder& to) {
      const Facts facts = Facts()
                              .text("task", metric.task)
                              .text("task_type", metric.task_type)
                              .flag("success", metric.success)
                              .text("error_type", metric.error_type);
      to.took(".execution_time", metric.duration, facts);
      to.count(".executions", 1, facts);
      if (!metric.success) to.count(".failures", 1, facts);
    });
  });
}

}  // namespace picket
