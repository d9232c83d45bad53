#pragma once

// The client's side of a transaction: what it is started with, and what happens when it ends.

#include "client/core.hpp"
#include "tracing/span_tree.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace picket::client {

/// A transaction of a client. It may outlive the client; its end is then nothing.
/// Threads: any.
class RunningTransaction final : public tracing::SpanTree {
 public:
  /// `core` is told of the end.
  explicit RunningTransaction(const std::shared_ptr<Core>& core)
      : SpanTree(core->config().trace), core_(core), figures_(core->figures()) {}

  /// Before `begin`: whose scope data the event carries, if one is sent.
  void carry(CaptureScopes scopes) noexcept { scopes_ = std::move(scopes); }

  /// The policy is the client's own and lives as long as this does, so no other client has it.
  [[nodiscard]] bool belongs_to(const Core& core) const noexcept {
    return &policy() == core.config().trace.get();
  }

  [[nodiscard]] std::uint32_t figure_of(const SpanArgs& args) noexcept override;
  void count(std::uint32_t figure, std::chrono::nanoseconds length, std::uint16_t http_status,
             SpanStatus status) noexcept override;

 private:
  void on_end(const tracing::SpanCounts& counts) override;
  void on_ignored() noexcept override;

  const std::weak_ptr<Core> core_;
  const std::shared_ptr<figures::Recorder> figures_;  // of this process; null: not wanted
  CaptureScopes scopes_;
};

/// Begins a transaction with `start`. The transactions of a thread that are not recorded share one
/// object as long as nobody keeps an old one, so that they allocate nothing.
tracing::ActiveSpan begin_transaction(Core& core, const CaptureScopes& scopes,
                                      tracing::TreeStart&& start, const TransactionArgs& args);

}  // namespace picket::client
