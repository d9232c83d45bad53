#pragma once

// When the running commands of one unit of work began. An isolation scope owns one of these, so
// that two runs of the same command at once do not disturb each other and nothing outlives its
// unit of work.

#include "picket/clock.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::scope {

/// Threads: one at a time.
class CommandTimers {
 public:
  /// Commands that run at once in one unit of work; of more the oldest is forgotten.
  static constexpr std::size_t kMax = 64;

  /// Of equal names the later start counts. Spec: S6.12.
  void start(std::string_view name, SteadyTime now);

  /// As `start`, unless the command runs already, for this invocation or for one that was not told.
  /// Spec: S5.5.
  void start_unless_running(std::string_view name, std::string_view invocation, SteadyTime now);

  /// When `name` was started; it runs no longer. Spec: S6.12.
  std::optional<SteadyTime> end(std::string_view name) noexcept;

 private:
  struct Running {
    std::string name{};
    std::string invocation{};  // empty: not told
    SteadyTime since{};
  };

  [[nodiscard]] std::vector<Running>::iterator find(std::string_view name) noexcept;
  void add(std::string_view name, std::string_view invocation, SteadyTime now);

  std::vector<Running> running_{};  // in the order of their starts
};

}  // namespace picket::scope
