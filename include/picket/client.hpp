#pragma once

// A `Client` is one connection between a program and one Sentry project: options, a queue, a worker
// thread, a transport. Most hosts have one, made by `picket::init`, and never name this class. A
// program that reports to several projects makes further ones; clients share nothing.

#include "picket/delivery.hpp"
#include "picket/event.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/options.hpp"
#include "picket/scope.hpp"
#include "picket/source_location.hpp"
#include "picket/stats.hpp"
#include "picket/tracing.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

namespace client {
class Core;
}

/// Whether a client works, and if not, why.
/// Spec: S3.5 to S3.7, S12.1.
enum class InitStatus : unsigned char { active, no_dsn, bad_dsn, transport_failed, closed };

/// One named block of facts.
struct ContextBlock {
  std::string_view name{};
  Attributes facts{};
};

/// A non-owning list of blocks, such as `{{"cart", {{"items", 3}}}, {"shop", facts}}`.
/// Lifetime: a braced list lives until the end of the full expression; pass it, do not keep it.
class ContextBlocks {
 public:
  ContextBlocks() noexcept = default;
  ContextBlocks(std::initializer_list<ContextBlock> list) noexcept : size_(list.size()) {
    blocks_ = list.begin();
  }
  ContextBlocks(const ContextBlock* blocks, std::size_t size) noexcept
      : blocks_(blocks), size_(size) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const ContextBlock* begin() const noexcept { return blocks_; }
  [[nodiscard]] const ContextBlock* end() const noexcept { return blocks_ + size_; }

 private:
  const ContextBlock* blocks_ = nullptr;
  std::size_t size_ = 0;
};

/// What may accompany one capture; it touches no scope.
/// Lifetime: borrowed until the call returns.
/// Spec: S4.2, S4.3, T1.
struct CaptureOptions {
  Attributes extra_context{};  // becomes the context named `extra`
  Attributes tags{};
  ContextBlocks contexts{};      // facts of these beat those of equal keys of the scopes
  std::optional<User> user{};    // beats every scope
  std::optional<Level> level{};  // beats every scope
  std::vector<std::string> fingerprint{};

  // How an exception came to be captured; for integrations. Spec: P3.7.
  std::string_view mechanism = "generic";
  bool handled = true;  // false: nothing in the host's own code caught it
};

/// A handle; copies refer to the same client. A default-made one is disabled.
/// Threads: any. No call throws, and captures never wait for the network.
class PICKET_EXPORT Client {
 public:
  Client() noexcept = default;  // disabled
  explicit Client(std::shared_ptr<client::Core> core) noexcept : core_(std::move(core)) {}

  /// Starts a client. Without a DSN, or with a bad one, it is disabled and `status()` says why.
  /// Diagnostics go where those of the process-wide client go: `logger`, `debug` and
  /// `diagnostic_level` are for `picket::init`.
  static Client create(Options options) noexcept;

  [[nodiscard]] bool is_enabled() const noexcept;
  [[nodiscard]] InitStatus status() const noexcept;

  /// One line about `status()` that names what to change; the DSN's keys are masked.
  [[nodiscard]] std::string message() const;

  /// What the client works with: the environment is merged in, bad values are replaced.
  /// Lifetime: as long as a handle to this client.
  [[nodiscard]] const Options& options() const noexcept;

  /// The client's own outermost scope.
  [[nodiscard]] Scope scope() const;

  /// As the functions of the same name in `picket.hpp`, with this client's scope and `inner` alone.
  EventId capture_exception(const std::exception& error, const CaptureOptions& options = {},
                            const Scope* inner = nullptr,
                            SourceLocation location = SourceLocation::current()) const noexcept;
  EventId capture_exception(const std::exception_ptr& error, const CaptureOptions& options = {},
                            const Scope* inner = nullptr,
                            SourceLocation location = SourceLocation::current()) const noexcept;
  EventId capture_message(std::string_view text, Level level = Level::info,
                          const CaptureOptions& options = {}, const Scope* inner = nullptr,
                          SourceLocation location = SourceLocation::current()) const noexcept;
  EventId capture_event(Event event, const CaptureOptions& options = {},
                        const Scope* inner = nullptr,
                        SourceLocation location = SourceLocation::current()) const noexcept;

  /// As `picket::should_capture_error`, with the budget of this client.
  [[nodiscard]] bool should_capture_error(std::string_view type) const noexcept;

  /// A transaction that is nobody's current span; its children come from `start_child`.
  [[nodiscard]] Transaction start_transaction(const TransactionArgs& args,
                                              const Scope* inner = nullptr) const noexcept;

  /// Waits until everything captured before the call has been sent or dropped, or lies in the
  /// spool. Errors: false when `timeout` ran out first; what is queued stays queued.
  bool flush(std::chrono::milliseconds timeout) const noexcept;

  /// The durable point: waits until everything captured before the call has been sent or dropped,
  /// or lies in the spool and on the disk itself, where neither `kill -9` nor a loss of power
  /// harms it. What lies there is sent as if it had never left.
  /// Errors: false when `timeout` ran out first, the disk refused, or there is no spool.
  bool flush_to_spool(std::chrono::milliseconds timeout) const noexcept;

  /// Removes what the spool holds for this DSN; counted as `cache_overflow`. Files that a running
  /// process holds are its own affair.
  /// Errors: false when `timeout` ran out first, or there is no spool.
  bool purge(std::chrono::milliseconds timeout) const noexcept;

  /// For orchestrators that are about to end the process: from now on transactions and everything
  /// else of little value is dropped, errors go first, and what cannot be sent within `timeout`
  /// goes to the spool, if there is one. The client stays usable; `close` follows.
  [[nodiscard]] DrainReport drain(std::chrono::milliseconds timeout) const noexcept;

  /// Flushes, then stops for good. What is left goes to the spool, if there is one; else it is
  /// dropped. Later calls do nothing.
  /// Errors: false when `timeout` ran out before everything was sent or stored.
  bool close(std::chrono::milliseconds timeout) const noexcept;

  [[nodiscard]] Stats stats() const;

  [[nodiscard]] const std::shared_ptr<client::Core>& core() const noexcept { return core_; }

 private:
  std::shared_ptr<client::Core> core_;
};

}  // namespace picket
