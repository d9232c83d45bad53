#pragma once

// A `Core` is what stands behind a `picket::Client`: the host's half of every capture. It decides
// first, see `admission.hpp`, then takes raw facts, then hands a job to the worker of its engine.
// It stays the same in the child of a fork; the engine does not.

#include "base/deadline.hpp"
#include "client/engine.hpp"
#include "client/fatal.hpp"
#include "picket/client.hpp"
#include "scope/scope_state.hpp"
#include "scope/thread_scopes.hpp"
#include "tracing/sampling.hpp"
#include "tracing/span_tree.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::client {

class CaptureJob;

/// The scopes and the span that a capture belongs to, below the global scope of the client; null
/// ones are left out. Lifetime: borrowed until the call returns.
using CaptureScopes = scope::ThreadScopes;

/// Threads: any.
class Core : public std::enable_shared_from_this<Core> {
 public:
  /// `global` is the outermost scope of every capture.
  Core(Config config, std::shared_ptr<scope::ScopeState> global);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] bool is_enabled() const noexcept {
    return status_.load(std::memory_order_acquire) == InitStatus::active;
  }
  [[nodiscard]] InitStatus status() const noexcept {
    return status_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::string message() const;
  [[nodiscard]] const Config& config() const noexcept { return *config_; }
  [[nodiscard]] const std::shared_ptr<scope::ScopeState>& global() const noexcept {
    return global_;
  }

  /// Each returns the id under which the event will arrive, or nil. None throws; the callers'
  /// `contain` is for what the standard library throws.
  EventId capture(const std::exception& error, const CaptureOptions& options,
                  const CaptureScopes& scopes, SourceLocation location);
  EventId capture(const std::exception_ptr& error, const CaptureOptions& options,
                  const CaptureScopes& scopes, SourceLocation location);
  EventId capture(std::string_view message, Level level, const CaptureOptions& options,
                  const CaptureScopes& scopes, SourceLocation location);
  EventId capture(Event event, const CaptureOptions& options, const CaptureScopes& scopes,
                  SourceLocation location);

  /// With the threads of the process as they were found; none of them is taken here.
  EventId capture(Event event, std::vector<ThreadRecord> threads, const CaptureOptions& options,
                  const CaptureScopes& scopes, SourceLocation location);

  /// The end of the process, see `fatal.hpp`; `global` is the outermost scope. core_fatal.cpp
  FatalFate capture(const Fatal& fatal, const CaptureScopes& scopes,
                    const scope::ScopeState* global);

  /// The report of a crash: sent ahead of everything, past limits. True when it has come to its
  /// end, see `Worker::deliver`, or is sampled out. A worker that failed itself or is closed
  /// already is not asked: another one is started. fault.cpp
  bool deliver_fault(CaptureRecord record, int failed_thread, base::Deadline deadline);

  /// See `picket::should_capture_error`.
  bool should_capture(std::string_view type);

  /// True on the worker's thread, where hooks run.
  [[nodiscard]] bool is_in_hook() const noexcept;

  /// One observation of the calling thread. metrics.cpp
  void record(const MetricSample& sample);

  /// Decides about a transaction and begins it; `scopes.span` is the span around it. Empty: off.
  tracing::ActiveSpan start_transaction(const TransactionArgs& args, const CaptureScopes& scopes);

  /// A trace that begins here, with a number from `Options::random`.
  [[nodiscard]] tracing::Trace new_trace() const;

  /// Whose traces are continued here.
  [[nodiscard]] tracing::ContinuationRules continuation_rules() const noexcept {
    return {.org_id = config_->trace->org_id, .strict = config_->trace->strict};
  }
  [[nodiscard]] double draw() const;  // in [0, 1), from `Options::random`

  /// What becomes of a transaction that has ended: sent with the data of its scopes, or counted.
  void finish(std::shared_ptr<tracing::SpanTree> tree, const tracing::SpanCounts& counts,
              const CaptureScopes& scopes);
  void leave_out(const tracing::SpanCounts& counts);
  void ignore_span() noexcept;  // counts one that `Options::ignore_spans` names

  /// In the child of a fork that has captured nothing there is nothing to do for these; the numbers
  /// of a child begin at zero.
  bool flush(base::Deadline deadline) noexcept;
  bool flush_to_spool(base::Deadline deadline) noexcept;
  bool purge(base::Deadline deadline) noexcept;
  bool drain(base::Deadline deadline) noexcept;
  bool close(base::Deadline deadline) noexcept;
  [[nodiscard]] Stats stats() const;

  /// Where this process counts its key figures; null while off, and when they are not wanted.
  [[nodiscard]] const std::shared_ptr<figures::Recorder>& figures();

  /// Has the alerts evaluated soon when a run of a command was slow.
  void look_at_run(std::chrono::nanoseconds duration) noexcept;

 private:
  /// The engine of this process, made anew in the child of a fork; null when it has none that
  /// could send. For enabled cores.
  [[nodiscard]] Engine* engine() {
    Engine* const present = engine_.load(std::memory_order_acquire);
    if (present->is_of_this_process()) return present->worker ? present : nullptr;
    return renew_engine(present);
  }
  Engine* renew_engine(Engine* former);

  /// As `engine`, but null as long as this process has not made one.
  [[nodiscard]] Engine* present_engine() const noexcept;

  // What lies in the buffer goes into the worker's queue. metrics.cpp
  static void hand_over_metrics(Engine& engine) noexcept;
  static void close_metrics(Engine& engine) noexcept;

  /// What the door answers: the counts of a capture that is in; else the id of its former event, or
  /// nil.
  struct Entry {
    bool is_in = false;
    AdmissionCounts counts{};
    EventId former{};
  };

  /// Null when off, and for a capture from inside of a callback.
  [[nodiscard]] Engine* open_door();

  /// The steps of `admission.hpp`; what is refused is counted, with a line for debugging hosts.
  [[nodiscard]] Entry admit(Engine& engine, const Candidate& candidate,
                            const std::exception_ptr& error, const CaptureScopes& scopes);
  void refuse(Engine& engine, protocol::DiscardReason reason, const char* why);

  /// Every error that happened, once, before limits and sampling. Spec: S10.1.
  void note_error(const Candidate& candidate) noexcept;  // figures.cpp

  /// A job whose record says what every capture says.
  [[nodiscard]] std::unique_ptr<CaptureJob> begin(Engine& engine, const CaptureOptions& options,
                                                  Hint::Origin origin, SourceLocation location,
                                                  const Entry& entry) const;
  [[nodiscard]] Candidate candidate_of(const CaptureOptions& options, SourceLocation location,
                                       const CaptureScopes& scopes) const noexcept;
  [[nodiscard]] unsigned backpressure_for(const tracing::Decision& decision);
  void decide(const TransactionArgs& args, tracing::TreeStart& start);
  [[nodiscard]] tracing::Trace trace_for_transaction(const CaptureScopes& scopes) const;
  tracing::TraceLink link_of(const CaptureScopes& scopes);
  EventId submit(Engine& engine, std::unique_ptr<CaptureJob> job, const CaptureScopes& scopes,
                 const scope::ScopeState* global);
  EventId duplicate_of(const std::exception_ptr& error, const CaptureScopes& scopes,
                       Engine& engine);

  std::shared_ptr<const Config> config_;
  std::shared_ptr<scope::ScopeState> global_;
  std::atomic<InitStatus> status_{InitStatus::no_dsn};
  std::atomic<Engine*> engine_{nullptr};  // owned; null while disabled for want of a DSN
};

}  // namespace picket::client
