#pragma once

// Counts what the calling thread allocates in this program of tests.

#include <cstddef>

namespace picket::tests {

struct Allocations {
  std::size_t count = 0;
  std::ptrdiff_t live_bytes = 0;  // allocated less freed, as the allocator sees it
};

/// Since the start of the calling thread.
Allocations allocations() noexcept;

/// The next `new` of the calling thread throws `std::bad_alloc`.
void fail_next_allocation() noexcept;

/// How often `work` allocates.
template <class Work>
std::size_t count_allocations(Work&& work) {
  const std::size_t before = allocations().count;
  work();
  return allocations().count - before;
}

}  // namespace picket::tests
