#include "support/allocations.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>
#include <utility>

namespace picket::tests {
namespace {

thread_local constinit Allocations tally;
thread_local constinit bool fails = false;

}  // namespace

Allocations allocations() noexcept { return tally; }

void fail_next_allocation() noexcept { fails = true; }

}  // namespace picket::tests

// Sanitizers have every form of their own, and want a block to go the way it came.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  ++picket::tests::tally.count;
  picket::tests::tally.live_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  return memory;
}

void* operator new(std::size_t size) {
  if (std::exchange(picket::tests::fails, false)) throw std::bad_alloc();
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
