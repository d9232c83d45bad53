#include "client/engine.hpp"

#include "base/contain.hpp"
#include "client/dry_run.hpp"
#include "client/figures_watch.hpp"
#include "client/metrics_job.hpp"
#include "json/reader.hpp"
#include "stacktrace/unwind.hpp"
#include "transport/http_transport.hpp"

#include <atomic>
#include <utility>

namespace picket::client {
namespace {

constinit std::atomic<SpoolVisitor> spool_visitor{nullptr};

/// Empty without a directory: then nothing is ever written to disk.
std::function<Result<std::unique_ptr<transport::Spool>>()> spool_opener(
    const std::shared_ptr<const Config>& config_of_all,
    const std::shared_ptr<protocol::LossLedger>& ledger) {
  const Config& config = *config_of_all;
  const Options& options = config.options;
  if (options.spool_directory.empty()) return {};
  return [config_of_all, ledger,
          settings = transport::SpoolSettings{.directory = options.spool_directory,
                                              .dsn = config.dsn->to_string(),
                                              .max_bytes = options.spool_max_bytes,
                                              .max_items = options.spool_max_items,
                                              .max_age = options.spool_max_age,
                                              .clock = options.clock}] {
    auto spool = transport::Spool::open(settings);
    const SpoolVisitor visitor = spool_visitor.load();
    if (spool && visitor != nullptr) {
      base::contain([&] { visitor(*config_of_all, **spool, *ledger); });
    }
    return spool;
  };
}

/// Only the hooks of scopes are not known here.
bool has_hooks(const Options& options) {
  return options.before_send || options.before_send_transaction || options.before_breadcrumb ||
         options.before_send_metric || !options.event_processors.empty();
}

transport::WorkerOptions worker_options(const std::shared_ptr<const Config>& config_of_all,
                                        const std::shared_ptr<protocol::LossLedger>& ledger,
                                        std::vector<transport::Chore> chores,
                                        std::shared_ptr<void> owner) {
  const Config& config = *config_of_all;
  const Options& options = config.options;
  return {.max_queue_items = options.max_queue_items,
          .max_queue_bytes = options.max_queue_bytes,
          .max_attempts = options.max_attempts,
          .max_retry_age = options.max_retry_age,
          .retry_backoff = options.retry_backoff,
          .retry_backoff_max = options.retry_backoff_max,
          .send_client_reports = options.send_client_reports,
          .dsn = config.dsn->to_string(),
          .open_spool = spool_opener(config_of_all, ledger),
          .spool_replay_interval = options.spool_replay_interval,
          .look_ahead = !has_hooks(options),
          .chores = std::move(chores),
          .on_delivery = options.on_delivery,
          .clock = options.clock,
          .random = options.random,
          .owner = std::move(owner)};
}

transport::HttpOptions http_options(const Config& config) {
  const Options& options = config.options;
  return {.connect_timeout = options.connect_timeout,
          .request_timeout = options.request_timeout,
          .max_in_flight = options.max_requests_in_flight,
          .compression = options.compression,
          .ca_certs = options.ca_certs,
          .client_certificate = options.client_certificate,
          .client_key = options.client_key,
          .proxy = options.proxy,
          .no_proxy = options.no_proxy,
          .tunnel = options.tunnel,
          .http2 = options.http2,
          .client = options.http_client};
}

Result<std::unique_ptr<transport::Courier>> make_courier(const Config& config) {
  if (config.options.dry_run) {
    return transport::make_blocking_courier(make_dry_run_transport(config.options));
  }
  if (config.options.transport) return transport::make_blocking_courier(config.options.transport);
  return transport::make_http_courier(*config.dsn, http_options(config));
}

constinit std::atomic<Engine*> left_behind{nullptr};

}  // namespace

Engine::Engine(const std::shared_ptr<const Config>& config)
    : admission(config), metrics(std::make_shared<MetricsBuffer>(config->options.clock, ledger)) {
  auto courier = make_courier(*config);
  if (!courier) {
    error = courier.error().message;
    return;
  }
  // What is made on first use is made here, not by a thread that a fork may stop in the middle of
  // it: nobody would ever end that in the child.
  stacktrace::prepare_unwind();
  static_cast<void>(json::is_valid_utf8(" "));
  const Options& options = config->options;
  if (options.enable_figures) figures = std::make_shared<figures::Recorder>(options.clock);
  pipeline = std::make_shared<Pipeline>(config, ledger);
  // The worker may outlive us in a hook that hangs, and keeps the pipeline as long.
  std::vector<transport::Chore> chores{
      [metrics = metrics, &pipeline = *pipeline](SteadyTime now, const DeliveryStats&) {
        return tend_metrics(*metrics, pipeline, now);
      }};
  if (FiguresWatch::is_wanted(*config)) {
    watch = std::make_shared<FiguresWatch>(config, ledger, figures);
    chores.emplace_back([watch = watch](SteadyTime now, const DeliveryStats& delivery) {
      return transport::ChoreResult{.next = watch->tend(now, delivery), .job = nullptr};
    });
  }
  slow_run = FiguresWatch::slow_run(*config);
  worker = std::make_unique<transport::Worker>(
      worker_options(config, ledger, std::move(chores), pipeline), std::move(*courier), ledger);
  if (!worker->is_running()) {
    error = "no thread could be started for it; raise the limit of threads";
  }
}

void set_spool_visitor(SpoolVisitor visitor) noexcept { spool_visitor.store(visitor); }

void leave_behind(Engine* engine) noexcept {
  engine->next_left_behind = left_behind.load();
  while (!left_behind.compare_exchange_weak(engine->next_left_behind, engine)) {
  }
}

}  // namespace picket::client
