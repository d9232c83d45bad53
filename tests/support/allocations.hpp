#pragma once

// Counts what the calling thread allocates in this program of tests, and has it fail on demand.

#include <cstddef>

namespace picket::tests {

struct Allocations {
  std::size_t count = 0;
  std::ptrdiff_t live_bytes = 0;  // allocated less freed, as the allocator sees it
  std::size_t failed = 0;         // as `FailingAllocations` has them
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

/// The next `new` of the calling thread throws `std::bad_alloc`.
void fail_next_allocation() noexcept;

/// While it lives, the calling thread gets `successes` more blocks, then `failures` times none.
class [[nodiscard]] FailingAllocations {
 public:
  static constexpr std::size_t kForGood = static_cast<std::size_t>(-1);

  explicit FailingAllocations(std::size_t successes, std::size_t failures = kForGood) noexcept;
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;
};

}  // namespace picket::tests
