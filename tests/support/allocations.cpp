#include "support/allocations.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace picket::tests {
namespace {

thread_local constinit Allocations tally;
thread_local constinit std::size_t successes_left = 0;
thread_local constinit std::size_t failures_left = 0;  // 0: allocations are what they always are

/// Whether it is the turn of this allocation to fail.
bool has_to_fail() noexcept {
  if (failures_left == 0) return false;
  if (successes_left > 0) {
    --successes_left;
    return false;
  }
  --failures_left;
  ++tally.failed;
  return true;
}

}  // namespace

Allocations allocations() noexcept { return tally; }

void fail_next_allocation() noexcept {
  successes_left = 0;
  failures_left = 1;
}

FailingAllocations::FailingAllocations(std::size_t successes, std::size_t failures) noexcept {
  successes_left = successes;
  failures_left = failures;
}

FailingAllocations::~FailingAllocations() { failures_left = 0; }

}  // namespace picket::tests

// Sanitizers have every form of their own, and want a block to go the way it came.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (picket::tests::has_to_fail()) return nullptr;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  ++picket::tests::tally.count;
  picket::tests::tally.live_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  return memory;
}

void* operator new(std::size_t size) {
  void* const memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  picket::tests::tally.live_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
