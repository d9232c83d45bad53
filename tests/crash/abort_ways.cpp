// What libraries give up for: they say why on the standard error and abort.

#undef NDEBUG

#include "ways.hpp"

#include <cassert>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace shop {
namespace {

void* volatile kept = nullptr;
volatile int items = 0;
volatile std::size_t length = 256;

}  // namespace

[[gnu::noinline]] void abort_order() { std::abort(); }

[[gnu::noinline]] void expect_items() { assert(items == 3); }

[[gnu::noinline]] void free_twice() {
  kept = std::malloc(100);
  std::free(kept);
  std::free(kept);
}

[[gnu::noinline]] void free_nonsense() {
  static char room[64];
  kept = room + 1;
  std::free(kept);
}

[[gnu::noinline]] void smash_stack() {
  char small[16];
  char* volatile start = small;
  std::memset(start, 'x', length);
}

Ways abort_ways() {
  Ways ways;
  ways["abort"].fail = abort_order;
  ways["assertion"].fail = expect_items;
  ways["double-free"].fail = free_twice;
  ways["free-of-nonsense"].fail = free_nonsense;
  ways["smashed-stack"].fail = smash_stack;
  return ways;
}

}  // namespace shop
