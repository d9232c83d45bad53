#include "client/core.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/ids.hpp"
#include "base/never_destroyed.hpp"
#include "base/text.hpp"
#include "base/thread_id.hpp"
#include "client/capture_job.hpp"
#include "client/figures.hpp"
#include "client/figures_watch.hpp"
#include "client/renewal.hpp"
#include "client/thrown_chain.hpp"
#include "protocol/trim.hpp"
#include "scope/tag.hpp"
#include "stacktrace/exception_info.hpp"
#include "stacktrace/unwind.hpp"

#include <fmt/format.h>

#include <typeinfo>
#include <utility>

namespace picket::client {
namespace {

using protocol::DiscardReason;

constinit std::atomic<RenewalObserver> renewal_observer{nullptr};

/// The return addresses above picket; frames of picket that remain are left out by name later.
[[gnu::noinline]] std::vector<std::uintptr_t> stack_here(const Options& options) {
  stacktrace::Addresses addresses;
  if (options.unwind_by_frame_pointer) {
    stacktrace::unwind_by_frame_pointer(addresses);
  } else {
    stacktrace::unwind(addresses);
  }
  const auto view = addresses.view();
  return {view.begin(), view.end()};
}

/// Of an exception whose throw was seen, that stack tells more. Spec: P7.9.
std::vector<std::uintptr_t> stack_unless_thrown(const std::vector<ThrownRecord>& thrown,
                                                const Options& options) {
  return thrown.front().throw_site.empty() ? stack_here(options) : std::vector<std::uintptr_t>{};
}

}  // namespace

Core::Core(Config config, std::shared_ptr<scope::ScopeState> global)
    : config_(std::make_shared<const Config>(std::move(config))), global_(std::move(global)) {
  if (!config_->dsn) {
    status_ = config_->dsn_error.empty() ? InitStatus::no_dsn : InitStatus::bad_dsn;
    return;
  }
  auto engine = std::make_unique<Engine>(config_);
  status_ = engine->error.empty() ? InitStatus::active : InitStatus::transport_failed;
  engine_ = engine.release();
}

Core::~Core() {
  Engine* const engine = engine_.load();
  if (engine == nullptr) return;
  if (engine->is_of_this_process()) {
    delete engine;
  } else {
    leave_behind(engine);
  }
}

Engine* Core::renew_engine(Engine* former) {
  auto made = std::make_unique<Engine>(config_);
  if (!engine_.compare_exchange_strong(former, made.get())) return engine();  // another was first
  leave_behind(former);
  Engine& engine = *made.release();
  auto expected = InitStatus::active;
  if (!engine.error.empty()) {
    diag::error("picket cannot send from this process: {}", engine.error);
    status_.compare_exchange_strong(expected, InitStatus::transport_failed);
  }
  if (!engine.worker) return nullptr;
  // A `close` at the same time has not seen this engine, or sees it now.
  if (!is_enabled()) {
    close_metrics(engine);
    engine.worker->close(base::deadline_in({}));
  } else if (const RenewalObserver observer = renewal_observer.load()) {
    observer(shared_from_this());
  }
  return &engine;
}

void set_renewal_observer(RenewalObserver observer) noexcept { renewal_observer.store(observer); }

Engine* Core::present_engine() const noexcept {
  Engine* const engine = engine_.load();
  const bool is_ours = engine != nullptr && engine->is_of_this_process();
  return is_ours && engine->worker ? engine : nullptr;
}

std::string Core::message() const {
  switch (status()) {
    case InitStatus::active:
      if (config_->options.dry_run) return "picket sends nothing: this is a dry run";
      return fmt::format("picket sends to {}", config_->dsn->masked());
    case InitStatus::no_dsn:
      return "picket is off: no DSN; set Options::dsn or the variable SENTRY_DSN";
    case InitStatus::bad_dsn:
      return fmt::format("picket is off: {}; check Options::dsn or the variable SENTRY_DSN",
                         config_->dsn_error);
    case InitStatus::transport_failed:
      return fmt::format("picket is off: {}", engine_.load()->error);
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

Engine* Core::open_door() {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr) return nullptr;
  if (engine->worker->is_own_thread() || Admission::is_asking()) {
    refuse(*engine, DiscardReason::event_processor, "a capture from inside a callback");
    return nullptr;
  }
  return engine;
}

void Core::refuse(Engine& engine, DiscardReason reason, const char* why) {
  engine.ledger->refused(reason, protocol::DataCategory::error);
  diag::debug("an event is dropped: {}", why);
}

Core::Entry Core::admit(Engine& engine, const Candidate& candidate, const std::exception_ptr& error,
                        const CaptureScopes& scopes) {
  engine.admission.hint(candidate);
  if (engine.admission.is_ignored(candidate)) {
    refuse(engine, DiscardReason::event_processor, "ignore_errors");
    return {};
  }
  const EventId former = duplicate_of(error, scopes, engine);
  if (!former.is_nil()) return {.former = former};
  note_error(candidate);

  const Admitted admitted = engine.admission.enter(candidate, [this] { return draw(); });
  switch (admitted.refusal) {
    case Refusal::none:
      return {.is_in = true, .counts = admitted.counts};
    case Refusal::limit:
      refuse(engine, DiscardReason::event_processor, "error_limit");
      record_suppressed(*this);
      break;
    case Refusal::storm:
      refuse(engine, DiscardReason::event_processor, "storm_control");
      record_suppressed(*this);
      break;
    case Refusal::sampling:
      refuse(engine, DiscardReason::sample_rate, "sample_rate");
      break;
  }
  return {};
}

bool Core::should_capture(std::string_view type) {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  return engine == nullptr || engine->admission.should_capture(type);
}

EventId Core::duplicate_of(const std::exception_ptr& error, const CaptureScopes& scopes,
                           Engine& engine) {
  if (!config_->options.dedupe || !error || !scopes.isolation) return {};
  const EventId id = scopes.isolation->id_of(error);
  if (!id.is_nil()) {
    engine.ledger->refused(DiscardReason::event_processor, protocol::DataCategory::error);
    diag::debug("event {} was captured before; the duplicate is dropped", id.to_string());
  }
  return id;
}

Candidate Core::candidate_of(const CaptureOptions& options, SourceLocation location,
                             const CaptureScopes& scopes) const noexcept {
  return {.options = options,
          .location = location,
          .scopes = {scopes.current.get(), scopes.isolation.get(), global_.get()}};
}

std::unique_ptr<CaptureJob> Core::begin(Engine& engine, const CaptureOptions& options,
                                        Hint::Origin origin, SourceLocation location,
                                        const Entry& entry) const {
  auto job = std::make_unique<CaptureJob>(*engine.pipeline);
  CaptureRecord& record = job->record();
  record.id = base::new_event_id();
  record.counts = entry.counts;
  record.timestamp = config_->options.clock.wall();
  record.origin = origin;
  record.location = location;
  record.thread_id = base::thread_id();
  if (options.level) {
    record.level = *options.level;
    record.level_is_explicit = true;
  }
  record.extra_context = options.extra_context.to_object();
  for (std::size_t i = 0; i < options.tags.size(); ++i) {
    const scope::Tag tag(options.tags[i].key, options.tags[i].value);
    if (!tag.is_empty()) record.tags.emplace_back(tag.key(), tag.value());
  }
  for (const auto& [name, facts] : options.contexts) {
    if (!scope::is_reserved_context(name)) record.contexts.emplace_back(name, facts.to_object());
  }
  record.user = options.user;
  record.fingerprint = options.fingerprint;
  if (options.mechanism != CaptureOptions{}.mechanism) record.mechanism = options.mechanism;
  record.handled = options.handled;
  return job;
}

tracing::TraceLink Core::link_of(const CaptureScopes& scopes) {
  if (const auto* const span = scopes.active()) return span->tree->link(*span);
  // No number of `Options::random`: those are for decisions. A transaction that takes the trace
  // draws one.
  const auto make = [] { return tracing::new_trace(base::random_unit()); };
  return tracing::TraceLink::outside(scopes.isolation ? scopes.isolation->trace(make) : make());
}

EventId Core::submit(Engine& engine, std::unique_ptr<CaptureJob> job, const CaptureScopes& scopes,
                     const scope::ScopeState* global) {
  CaptureRecord& record = job->record();
  const EventId id = record.id;
  if (global != nullptr) record.scopes[0] = global->snapshot();
  if (scopes.isolation) record.scopes[1] = scopes.isolation->snapshot();
  if (scopes.current) record.scopes[2] = scopes.current->snapshot();
  record.trace = link_of(scopes);

  // Only the comparison with the next capture needs it; it keeps the exception object alive.
  std::exception_ptr exception = config_->options.dedupe ? record.exception : nullptr;
  job->seal();
  engine.ledger->captured(protocol::DataCategory::error);
  engine.worker->push(std::move(job));
  if (scopes.isolation) scopes.isolation->remember(id, std::move(exception));
  if (diag::hears(Level::debug)) diag::debug("event {} captured", id.to_string());
  return id;
}

EventId Core::capture(const std::exception& error, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  Engine* const engine = open_door();
  if (engine == nullptr) return {};
  std::exception_ptr current = current_if_same(error);
  Candidate candidate = candidate_of(options, location, scopes);
  candidate.type = &typeid(error);
  candidate.error = &error;
  const Entry entry = admit(*engine, candidate, current, scopes);
  if (!entry.is_in) return entry.former;
  auto job = begin(*engine, options, Hint::Origin::exception, location, entry);
  CaptureRecord& record = job->record();
  record.thrown = current ? thrown_chain(current) : thrown_chain(error);
  record.exception = std::move(current);
  record.addresses = stack_unless_thrown(record.thrown, config_->options);
  return submit(*engine, std::move(job), scopes, global_.get());
}

EventId Core::capture(const std::exception_ptr& error, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  if (!error) {
    if (is_enabled()) diag::warn("capture_exception found no exception; call it in a catch block");
    return {};
  }
  Engine* const engine = open_door();
  if (engine == nullptr) return {};
  const stacktrace::ThrownObject thrown = stacktrace::inspect(error);
  Candidate candidate = candidate_of(options, location, scopes);
  candidate.type = thrown.type;
  candidate.error = thrown.as_std_exception;
  const Entry entry = admit(*engine, candidate, error, scopes);
  if (!entry.is_in) return entry.former;
  auto job = begin(*engine, options, Hint::Origin::exception, location, entry);
  CaptureRecord& record = job->record();
  record.thrown = thrown_chain(error);
  record.exception = error;
  record.addresses = stack_unless_thrown(record.thrown, config_->options);
  return submit(*engine, std::move(job), scopes, global_.get());
}

EventId Core::capture(std::string_view message, Level level, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  Engine* const engine = open_door();
  if (engine == nullptr) return {};
  Candidate candidate = candidate_of(options, location, scopes);
  candidate.message = message;
  candidate.level = level;
  const Entry entry = admit(*engine, candidate, nullptr, scopes);
  if (!entry.is_in) return {};
  auto job = begin(*engine, options, Hint::Origin::message, location, entry);
  CaptureRecord& record = job->record();
  if (!record.level_is_explicit) record.level = level;
  // `trim` cuts after 8192 characters; this keeps a huge text from being copied first.
  record.message = base::utf8_prefix(message, protocol::kMaxMessageCharacters * 4 + 1);
  if (config_->options.attach_stacktrace) record.addresses = stack_here(config_->options);
  return submit(*engine, std::move(job), scopes, global_.get());
}

EventId Core::capture(Event event, const CaptureOptions& options, const CaptureScopes& scopes,
                      SourceLocation location) {
  return capture(std::move(event), {}, options, scopes, location);
}

EventId Core::capture(Event event, std::vector<ThreadRecord> threads, const CaptureOptions& options,
                      const CaptureScopes& scopes, SourceLocation location) {
  Engine* const engine = open_door();
  if (engine == nullptr) return {};
  Candidate candidate = candidate_of(options, location, scopes);
  candidate.level = event.level;
  candidate.event = &event;
  const Entry entry = admit(*engine, candidate, nullptr, scopes);
  if (!entry.is_in) return {};
  auto job = begin(*engine, options, Hint::Origin::event, location, entry);
  CaptureRecord& record = job->record();
  if (!event.id.is_nil()) record.id = event.id;
  if (threads.empty() && config_->options.attach_stacktrace) {
    record.addresses = stack_here(config_->options);
  }
  record.threads = std::move(threads);
  record.event = std::make_unique<Event>(std::move(event));
  return submit(*engine, std::move(job), scopes, global_.get());
}

bool Core::flush(base::Deadline deadline) noexcept {
  Engine* const engine = present_engine();
  if (engine == nullptr) return true;
  hand_over_metrics(*engine);
  const bool done = engine->worker->flush(deadline);
  diag::debug("flush {}", done ? "done" : "ran out of time");
  return done;
}

bool Core::flush_to_spool(base::Deadline deadline) noexcept {
  if (config_->options.spool_directory.empty()) return false;
  Engine* const engine = present_engine();
  if (engine == nullptr) return true;
  hand_over_metrics(*engine);
  return engine->worker->flush_to_spool(deadline);
}

bool Core::purge(base::Deadline deadline) noexcept {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  return engine != nullptr && engine->worker->purge(deadline);
}

bool Core::drain(base::Deadline deadline) noexcept {
  Engine* const engine = present_engine();
  if (engine == nullptr) return true;
  hand_over_metrics(*engine);
  return engine->worker->drain(deadline);
}

bool Core::close(base::Deadline deadline) noexcept {
  auto expected = InitStatus::active;
  status_.compare_exchange_strong(expected, InitStatus::closed);
  Engine* const engine = present_engine();
  if (engine == nullptr) return true;
  close_metrics(*engine);
  return engine->worker->close(deadline);
}

const std::shared_ptr<figures::Recorder>& Core::figures() {
  static constinit base::NeverDestroyed<std::shared_ptr<figures::Recorder>> none;
  const bool wanted = config_->options.enable_figures && is_enabled();
  Engine* const engine = wanted ? this->engine() : nullptr;
  return engine != nullptr ? engine->figures : *none;
}

void Core::look_at_run(std::chrono::nanoseconds duration) noexcept {
  Engine* const engine = present_engine();
  if (engine == nullptr || !engine->watch || duration <= engine->slow_run) return;
  engine->watch->hurry();
  engine->worker->remind(config_->options.clock.steady());
}

Stats Core::stats() const {
  Engine* const engine = present_engine();
  if (engine == nullptr) return {};
  Stats stats = engine->ledger->stats();
  stats.delivery = engine->worker->figures();
  if (config_->options.enable_backpressure_handling) {
    stats.delivery.backpressure = engine->worker->backpressure();
  }
  if (engine->figures) stats.figures = engine->figures->snapshot();
  return stats;
}

}  // namespace picket::client
