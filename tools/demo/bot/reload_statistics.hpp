#pragma once

// How reloads of modules went so far. (T27)

#include "picket/value.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace bot {

/// Threads: any.
class ReloadStatistics {
 public:
  struct Counts {
    std::uint64_t total = 0;
    std::uint64_t successful = 0;
    std::uint64_t failed = 0;
    std::chrono::duration<double, std::milli> mean{};
  };

  void add(std::chrono::duration<double, std::milli> time, bool success);
  [[nodiscard]] Counts counts() const;

 private:
  mutable std::mutex mutex_;
  Counts counts_;
};

/// As the context that errors and the end of the service carry.
picket::Object to_context(const ReloadStatistics::Counts& counts);

/// `reloads: 3 in all, 1 failed, 0.2 ms on average`.
std::string describe(const ReloadStatistics::Counts& counts);

}  // namespace bot
