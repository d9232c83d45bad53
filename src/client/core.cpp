#include "client/core.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "client/capture_job.hpp"
#include "client/thrown_chain.hpp"
#include "protocol/trim.hpp"
#include "scope/tag.hpp"
#include "stacktrace/unwind.hpp"
#include "transport/http_transport.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include <utility>

namespace picket::client {
namespace {

std::uint64_t thread_id() noexcept {
  thread_local const auto id = static_cast<std::uint64_t>(syscall(SYS_gettid));
  return id;
}

/// The return addresses above picket; frames of picket that remain are left out by name later.
std::vector<std::uintptr_t> stack_here() {
  stacktrace::Addresses addresses;
  stacktrace::unwind(addresses);
  const auto view = addresses.view();
  return {view.begin(), view.end()};
}

transport::WorkerOptions worker_options(const Config& config, std::shared_ptr<void> owner) {
  const Options& options = config.options;
  return {.max_queue_items = options.max_queue_items,
          .max_queue_bytes = options.max_queue_bytes,
          .max_attempts = options.max_attempts,
          .retry_backoff = options.retry_backoff,
          .retry_backoff_max = options.retry_backoff_max,
          .send_client_reports = options.send_client_reports,
          .dsn = config.dsn->to_string(),
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

}  // namespace

Core::Core(Config config, std::shared_ptr<scope::ScopeState> global)
    : config_(std::make_shared<const Config>(std::move(config))),
      global_(std::move(global)),
      ledger_(std::make_shared<protocol::LossLedger>()) {
  start(*config_);
}

Core::~Core() = default;

void Core::start(const Config& config) {
  if (!config.dsn) {
    status_ = config.dsn_error.empty() ? InitStatus::no_dsn : InitStatus::bad_dsn;
    return;
  }
  std::unique_ptr<transport::Courier> courier;
  if (config.options.transport) {
    courier = transport::make_blocking_courier(config.options.transport);
  } else {
    auto http = transport::make_http_courier(*config.dsn, http_options(config));
    if (!http) {
      transport_error_ = http.error().message;
      status_ = InitStatus::transport_failed;
      return;
    }
    courier = std::move(*http);
  }
  stacktrace::prepare_unwind();
  pipeline_ = std::make_shared<Pipeline>(config_, ledger_);
  worker_ = std::make_unique<transport::Worker>(worker_options(config, pipeline_),
                                                std::move(courier), ledger_);
  if (!worker_->is_running()) {
    transport_error_ = "no thread could be started for it; raise the limit of threads";
    status_ = InitStatus::transport_failed;
    return;
  }
  status_ = InitStatus::active;
}

std::string Core::message() const {
  switch (status()) {
    case InitStatus::active:
      return fmt::format("picket sends to {}", config_->dsn->masked());
    case InitStatus::no_dsn:
      return "picket is off: no DSN; set Options::dsn or the variable SENTRY_DSN";
    case InitStatus::bad_dsn:
      return fmt::format("picket is off: {}; check Options::dsn or the variable SENTRY_DSN",
                         config_->dsn_error);
    case InitStatus::transport_failed:
      return fmt::format("picket is off: {}", transport_error_);
    case InitStatus::closed:
      return "picket is off: the client was closed";
  }
  return {};
}

double Core::draw() const {
  const auto& random = config_->options.random;
  // What the host's generator throws must not decide that the event is lost.
  return random ? base::contain(0.0, [&] { return random(); }) : base::random_unit();
}

bool Core::admits() {
  if (!is_enabled()) return false;
  if (worker_->is_own_thread()) {
    diag::debug("a capture from inside a hook is dropped");
    ledger_->refused(protocol::DiscardReason::event_processor, protocol::DataCategory::error);
    return false;
  }
  const double rate = config_->sample_rate;
  if (rate >= 1.0) return true;
  if (draw() < rate) return true;
  ledger_->refused(protocol::DiscardReason::sample_rate, protocol::DataCategory::error);
  diag::debug("an event is dropped: sample_rate");
  return false;
}

EventId Core::duplicate_of(const std::exception_ptr& error, const CaptureScopes& scopes) {
  if (!config_->options.dedupe || !error || !scopes.isolation) return {};
  const EventId id = scopes.isolation->id_of(error);
  if (!id.is_nil()) {
    ledger_->refused(protocol::DiscardReason::event_processor, protocol::DataCategory::error);
    diag::debug("event {} was captured before; the duplicate is dropped", id.to_string());
  }
  return id;
}

CaptureRecord Core::begin(const CaptureOptions& options, Hint::Origin origin,
                          SourceLocation location) const {
  CaptureRecord record;
  record.id = base::new_event_id();
  record.timestamp = config_->options.clock.wall();
  record.origin = origin;
  record.location = location;
  record.thread_id = thread_id();
  if (options.level) {
    record.level = *options.level;
    record.level_is_explicit = true;
  }
  record.extra_context = options.extra_context.to_object();
  for (std::size_t i = 0; i < options.tags.size(); ++i) {
    const scope::Tag tag(options.tags[i].key, options.tags[i].value);
    if (!tag.is_empty()) record.tags.emplace_back(tag.key(), tag.value());
  }
  record.fingerprint = options.fingerprint;
  if (options.mechanism != CaptureOptions{}.mechanism) record.mechanism = options.mechanism;
  record.handled = options.handled;
  return record;
}

tracing::TraceLink Core::link_of(const CaptureScopes& scopes) {
  if (scopes.span.tree) return scopes.span.tree->link(scopes.span);
  // No number of `Options::random`: those are for decisions. A transaction that takes the trace
  // draws one.
  const auto make = [] { return tracing::new_trace(base::random_unit()); };
  return tracing::TraceLink::outside(scopes.isolation ? scopes.isolation->trace(make) : make());
}

EventId Core::submit(CaptureRecord record, const CaptureScopes& scopes) {
  const EventId id = record.id;
  if (scopes.global) record.scopes[0] = scopes.global->snapshot();
  if (scopes.isolation) {
    record.scopes[1] = scopes.isolation->snapshot();
  }
  if (scopes.current) record.scopes[2] = scopes.current->snapshot();
  record.trace = link_of(scopes);

  // Only the comparison with the next capture needs it; it keeps the exception object alive.
  std::exception_ptr exception = config_->options.dedupe ? record.exception : nullptr;
  auto job = std::make_unique<CaptureJob>(std::move(record), *pipeline_);
  ledger_->captured(protocol::DataCategory::error);
  worker_->push(std::move(job));
  if (scopes.isolation) scopes.isolation->remember(id, std::move(exception));
  if (diag::hears(Level::debug)) diag::debug("event {} captured", id.to_string());
  return id;
}

EventId Core::capture(const std::exception& error, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  if (!admits()) return {};
  std::exception_ptr current = current_if_same(error);
  if (const EventId id = duplicate_of(current, scopes); !id.is_nil()) return id;
  CaptureRecord record = begin(options, Hint::Origin::exception, location);
  record.thrown = current ? thrown_chain(current) : thrown_chain(error);
  record.exception = std::move(current);
  record.addresses = stack_here();
  return submit(std::move(record), scopes);
}

EventId Core::capture(const std::exception_ptr& error, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  if (!error) {
    if (is_enabled()) diag::warn("capture_exception found no exception; call it in a catch block");
    return {};
  }
  if (!admits()) return {};
  if (const EventId id = duplicate_of(error, scopes); !id.is_nil()) return id;
  CaptureRecord record = begin(options, Hint::Origin::exception, location);
  record.thrown = thrown_chain(error);
  record.exception = error;
  record.addresses = stack_here();
  return submit(std::move(record), scopes);
}

EventId Core::capture(std::string_view message, Level level, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  if (!admits()) return {};
  CaptureRecord record = begin(options, Hint::Origin::message, location);
  if (!record.level_is_explicit) record.level = level;
  // `trim` cuts after 8192 characters; this keeps a huge text from being copied first.
  record.message = base::utf8_prefix(message, protocol::kMaxMessageCharacters * 4 + 1);
  if (config_->options.attach_stacktrace) record.addresses = stack_here();
  return submit(std::move(record), scopes);
}

EventId Core::capture(Event event, const CaptureOptions& options, const CaptureScopes& scopes,
                      SourceLocation location) {
  if (!admits()) return {};
  CaptureRecord record = begin(options, Hint::Origin::event, location);
  if (!event.id.is_nil()) record.id = event.id;
  if (config_->options.attach_stacktrace) record.addresses = stack_here();
  record.event = std::make_unique<Event>(std::move(event));
  return submit(std::move(record), scopes);
}

bool Core::flush(base::Deadline deadline) noexcept {
  if (!worker_) return true;
  const bool done = worker_->flush(deadline);
  diag::debug("flush {}", done ? "done" : "ran out of time");
  return done;
}

bool Core::close(base::Deadline deadline) noexcept {
  if (!worker_) return true;
  status_.store(InitStatus::closed, std::memory_order_release);
  return worker_->close(deadline);
}

}  // namespace picket::client
