#include "stacktrace/unwind.hpp"

#include "stacktrace/symbolizer.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

// Everything that is allocated in this program is counted here: the unwinder is C and would not use
// operator new. Sanitizers bring their own malloc; the count stays 0 under them.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {
std::size_t allocations = 0;
constexpr bool kCountsAllocations = true;
}  // namespace
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* malloc(std::size_t size) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  return __libc_malloc(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  return __libc_calloc(count, size);
}
#else
namespace {
std::size_t allocations = 0;
constexpr bool kCountsAllocations = false;
}  // namespace
#endif

// Outside of picket's namespace, whose frames are left out. The empty statements after the calls
// keep the callers on the stack.
namespace shop {

using picket::stacktrace::Addresses;

[[gnu::noinline]] void take(Addresses& addresses, std::size_t skip) {
  picket::stacktrace::unwind(addresses, skip);
  asm volatile("");
}
[[gnu::noinline]] void checkout(Addresses& addresses, std::size_t skip) {
  take(addresses, skip);
  asm volatile("");
}
[[gnu::noinline]] void request(Addresses& addresses, std::size_t skip) {
  checkout(addresses, skip);
  asm volatile("");
}
[[gnu::noinline]] void dive(Addresses& addresses, int depth) {
  if (depth == 0) {
    take(addresses, 0);
  } else {
    dive(addresses, depth - 1);
  }
  asm volatile("");
}

}  // namespace shop

namespace picket::stacktrace {
namespace {

std::string newest_function(const Addresses& addresses) {
  Symbolizer symbolizer;
  const Stacktrace stacktrace = symbolizer.name(addresses.view().first(1));
  return stacktrace.frames.empty() ? std::string() : stacktrace.frames.back().function;
}

TEST_SUITE("stacktrace/unwind") {
  TEST_CASE("the caller comes first, and skip leaves out exactly that many") {  // P3.11
    const char* const expected[] = {"shop::take", "shop::checkout", "shop::request"};
    for (std::size_t skip = 0; skip < 3; ++skip) {
      Addresses addresses;
      shop::request(addresses, skip);
      CAPTURE(skip);
      REQUIRE(addresses.size > 0);
      CHECK(newest_function(addresses) == expected[skip]);
    }
  }

  TEST_CASE("skipping more than there is leaves nothing") {
    Addresses addresses;
    shop::request(addresses, 100'000);
    CHECK(addresses.size == 0);
  }

  TEST_CASE("of a deep stack the newest frames are kept") {  // P3.11
    Addresses addresses;
    shop::dive(addresses, 400);
    REQUIRE(addresses.size == kMaxAddresses);
    CHECK(newest_function(addresses) == "shop::take");
    // All but the first two are the same call of `dive`.
    const auto calls = addresses.view().subspan(2);
    CHECK(std::all_of(calls.begin(), calls.end(),
                      [&](std::uintptr_t address) { return address == calls.front(); }));
  }

  TEST_CASE("taking a stack allocates nothing once it is prepared") {
    prepare_unwind();
    Addresses addresses;
    const std::size_t before = allocations;
    shop::request(addresses, 0);
    CHECK(allocations == before);
    CHECK(addresses.size > 3);

    std::free(std::malloc(addresses.size));  // the counter counts
    CHECK((allocations > before) == kCountsAllocations);
  }
}

}  // namespace
}  // namespace picket::stacktrace
