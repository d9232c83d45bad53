#pragma once

// What every bench shares: the worlds that a hot path is measured in, a scope filled as a service
// fills it, and the count of allocations beside the time.

#include "picket/picket.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace picket::bench {

enum class World {
  off,         // no client
  discarding,  // the whole pipeline, and a transport that throws the bytes away
};

/// Starts a world, with the calling thread's scopes fresh; its end stops it.
class Stage {
 public:
  explicit Stage(World world, Options options = {});

  /// Three tags, a user, a context and so many breadcrumbs.
  void fill_scope(std::int64_t breadcrumbs);

 private:
  std::optional<Guard> guard_;
  ScopeGuard unit_of_work_;
};

/// Allocations of the calling thread so far.
std::size_t allocations() noexcept;

/// Reports the allocations of one iteration as a counter of `state`.
class CountAllocations {
 public:
  explicit CountAllocations(::benchmark::State& state) : state_(state), before_(allocations()) {}
  ~CountAllocations() {
    state_.counters["allocations"] = ::benchmark::Counter(
        static_cast<double>(allocations() - before_), ::benchmark::Counter::kAvgIterations);
  }
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

 private:
  ::benchmark::State& state_;
  std::size_t before_;
};

}  // namespace picket::bench
