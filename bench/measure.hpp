#pragma once

// The clocks and counts that the bench programs share. Times of the calling thread's CPU and of the
// wall are both taken: on a machine with few cores the worker takes turns with the thread that is
// measured, which the wall clock shows and the CPU clock does not.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace picket::bench {

/// Units: ns.
std::int64_t wall_ns() noexcept;
std::int64_t thread_cpu_ns() noexcept;
std::int64_t process_cpu_ns() noexcept;

/// What a piece of work took. Units: ns.
struct Took {
  double cpu = 0;  // of the calling thread
  double wall = 0;
};

/// What reading the clocks takes; found out once.
Took cost_of_the_clocks();

/// Without what reading the clocks takes.
template <class Work>
Took time(Work&& work) {
  static const Took nothing = cost_of_the_clocks();
  const std::int64_t wall = wall_ns();
  const std::int64_t cpu = thread_cpu_ns();
  work();
  const std::int64_t cpu_end = thread_cpu_ns();
  const std::int64_t wall_end = wall_ns();
  return {std::max(0.0, static_cast<double>(cpu_end - cpu) - nothing.cpu),
          std::max(0.0, static_cast<double>(wall_end - wall) - nothing.wall)};
}

/// The value below which that share of `values` lies; 0 of none.
double quantile(std::vector<double> values, double share);
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// Resident memory of this process. Units: KiB.
double resident_kib();

/// Runs `work` in a process of its own and returns what it returned.
/// Errors: throws when the process did not end well. Threads: call it while there is but one.
std::vector<double> in_child(const std::function<std::vector<double>()>& work);

}  // namespace picket::bench
