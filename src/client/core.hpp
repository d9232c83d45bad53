#pragma once

// A `Core` is what stands behind a `picket::Client`: the host's half of every capture. It decides
// first (off? sampled out? a duplicate?), then takes raw facts, then hands a job to the worker.

#include "base/deadline.hpp"
#include "client/pipeline.hpp"
#include "picket/client.hpp"
#include "scope/scope_state.hpp"
#include "transport/worker.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace picket::client {

/// The scopes that a capture belongs to; null ones are left out.
struct CaptureScopes {
  std::shared_ptr<scope::ScopeState> global{};
  std::shared_ptr<scope::ScopeState> isolation{};
  std::shared_ptr<scope::ScopeState> current{};
};

/// Threads: any.
class Core {
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

  bool flush(base::Deadline deadline) noexcept;
  bool close(base::Deadline deadline) noexcept;
  [[nodiscard]] Stats stats() const { return ledger_->stats(); }

 private:
  /// False when the capture ends at the door; the loss is counted.
  [[nodiscard]] bool admits();
  [[nodiscard]] double draw() const;  // in [0, 1)
  [[nodiscard]] CaptureRecord begin(const CaptureOptions& options, Hint::Origin origin,
                                    SourceLocation location) const;
  EventId submit(CaptureRecord record, const CaptureScopes& scopes);
  EventId duplicate_of(const std::exception_ptr& error, const CaptureScopes& scopes);
  void start(const Config& config);

  std::shared_ptr<const Config> config_;
  std::shared_ptr<scope::ScopeState> global_;
  std::shared_ptr<protocol::LossLedger> ledger_;
  std::shared_ptr<Pipeline> pipeline_;
  std::string transport_error_;
  std::atomic<InitStatus> status_{InitStatus::no_dsn};
  std::unique_ptr<transport::Worker> worker_;  // null while disabled from the start
};

}  // namespace picket::client
