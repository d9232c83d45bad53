// The fast way up the stack. Built with frame pointers, see CMakeLists.txt.

#include "stacktrace/symbolizer.hpp"
#include "stacktrace/unwind.hpp"

#include <ucontext.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

// Outside of picket's namespace, whose frames are left out. The empty statements keep the callers
// on the stack.
namespace shop {

using picket::stacktrace::Addresses;

[[gnu::noinline]] void take(Addresses& addresses, std::size_t skip) {
  picket::stacktrace::unwind_by_frame_pointer(addresses, skip);
  asm volatile("");
}
[[gnu::noinline]] void take_both(Addresses& quick, Addresses& exact) {
  picket::stacktrace::unwind_by_frame_pointer(quick);
  picket::stacktrace::unwind(exact);
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
[[gnu::noinline]] void checkout(Addresses& quick, Addresses& exact) {
  take_both(quick, exact);
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

TEST_SUITE("stacktrace/frame_pointer") {
  TEST_CASE("both ways find the same callers") {
    Addresses quick;
    Addresses exact;
    shop::checkout(quick, exact);
    REQUIRE(quick.size > 2);
    REQUIRE(exact.size > 2);
    CHECK(newest_function(quick) == "shop::take_both");
    // The newest is another call of the same function.
    CHECK(std::equal(quick.values.begin() + 1, quick.values.begin() + 3, exact.values.begin() + 1));
  }

  TEST_CASE("the caller comes first, skip leaves out frames, the newest of a deep stack are kept") {
    Addresses addresses;
    shop::take(addresses, 0);
    CHECK(newest_function(addresses) == "shop::take");
    shop::dive(addresses, 400);
    CHECK(addresses.size == kMaxAddresses);
    shop::take(addresses, 100'000);
    CHECK(addresses.size == 0);
  }

  TEST_CASE("another thread has another stack") {
    Addresses addresses;
    std::thread([&] { shop::dive(addresses, 5); }).join();
    REQUIRE(addresses.size >= 7);
    CHECK(newest_function(addresses) == "shop::take");
    CHECK(std::count(addresses.values.begin(), addresses.values.begin() + 7, addresses.values[2]) >=
          4);
  }

#if defined(__x86_64__)
  // What a function without frame pointers may leave in the register: whatever it is, nothing is
  // read that is not on the stack.
  TEST_CASE("a frame pointer that is none ends the walk") {
    Addresses addresses;
    char here = 0;
    const std::uintptr_t values[] = {0,
                                     1,
                                     0xdead'beef'0000,
                                     ~std::uintptr_t{7},
                                     reinterpret_cast<std::uintptr_t>(&here) | 1,
                                     reinterpret_cast<std::uintptr_t>(&shop::take)};
    for (const std::uintptr_t value : values) {
      CAPTURE(value);
      Addresses* const where = &addresses;
      asm volatile(
          "pushq %%rbp\n\t"
          "movq %[value], %%rbp\n\t"
          "movq %%rsp, %%rbx\n\t"
          "subq $256, %%rsp\n\t"
          "andq $-16, %%rsp\n\t"
          "movq %[where], %%rdi\n\t"
          "xorl %%esi, %%esi\n\t"
          "callq *%[walk]\n\t"
          "movq %%rbx, %%rsp\n\t"
          "popq %%rbp\n\t"
          :
          : [value] "r"(value), [where] "r"(where), [walk] "r"(&unwind_by_frame_pointer)
          : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
      CHECK(addresses.size == 1);
    }
  }
#endif

  TEST_CASE("on a stack of its own a coroutine is walked the other way") {
    static Addresses addresses;
    static ucontext_t main_context;
    ucontext_t other;
    std::vector<char> room(256 * 1024);
    REQUIRE(getcontext(&other) == 0);
    other.uc_stack.ss_sp = room.data();
    other.uc_stack.ss_size = room.size();
    other.uc_link = &main_context;
    makecontext(
        &other, +[] { shop::dive(addresses, 3); }, 0);
    REQUIRE(swapcontext(&main_context, &other) == 0);
    CHECK(addresses.size >= 5);
    CHECK(newest_function(addresses) == "shop::take");
  }
}

}  // namespace
}  // namespace picket::stacktrace
