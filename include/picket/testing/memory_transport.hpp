#pragma once

// A transport that keeps envelopes in memory and answers what a test tells it to.

#include "picket/export.hpp"
#include "picket/testing/captured.hpp"
#include "picket/transport.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::testing {

/// Threads: any.
class PICKET_EXPORT MemoryTransport final : public Transport {
 public:
  /// Called for each envelope before it is kept, with the number of calls so far (from 1); it may
  /// throw, block, or answer anything. What is answered with 2xx is kept.
  using Script = std::function<TransportResponse(std::size_t call, std::string_view envelope)>;

  MemoryTransport() = default;
  explicit MemoryTransport(Script script) : script_(std::move(script)) {}

  TransportResponse send(std::string_view envelope) override;
  void interrupt() noexcept override;

  void set_script(Script script);

  /// Makes `send` wait until `release` or `interrupt`.
  void hold();
  void release() noexcept;

  /// Waits until `send` has been called `calls` times; false when `timeout` ran out.
  [[nodiscard]] bool wait_for_calls(std::size_t calls, std::chrono::milliseconds timeout) const;

  [[nodiscard]] std::size_t calls() const;
  [[nodiscard]] Captured captured() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Script script_{};
  std::vector<std::string> kept_{};
  std::size_t calls_ = 0;
  bool held_ = false;
};

}  // namespace picket::testing
