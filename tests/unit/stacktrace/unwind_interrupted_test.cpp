// Stacks as a signal handler finds them: at any instruction, whatever kind of frame is interrupted.
// Built with optimisation and without frame pointers, see CMakeLists.txt.

#include "stacktrace/symbolizer.hpp"
#include "stacktrace/unwind.hpp"

#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

// The thread sanitizer puts handlers of its own between the signal and ours.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)

namespace {

std::array<std::uintptr_t, 64> seen{};
std::size_t seen_count = 0;
std::uintptr_t failed_at = 0;

// Steps over the two bytes of `ud2`, which is where each victim fails.
void on_fault(int /*signal*/, siginfo_t* info, void* context) {
  seen_count = picket::stacktrace::unwind_interrupted(seen);
  failed_at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 2;
}

// What one step of a walk through every instruction found.
struct Step {
  std::uintptr_t at = 0;
  bool has_host = false;  // the host's function is on the stack
};
std::array<Step, 20'000> steps{};
std::size_t step_count = 0;
bool is_exact = true;

extern "C" {
extern const char __start_picket_host[];
extern const char __stop_picket_host[];
}

bool is_host(std::uintptr_t address) {
  return address >= reinterpret_cast<std::uintptr_t>(__start_picket_host) &&
         address <= reinterpret_cast<std::uintptr_t>(__stop_picket_host);
}

void on_step(int /*signal*/, siginfo_t* /*info*/, void* context) {
  if (step_count == steps.size()) return;
  const std::size_t count = picket::stacktrace::unwind_interrupted(seen);
  const auto pc =
      static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
  is_exact = is_exact && count > 0 && seen[0] == pc;
  steps[step_count++] = {pc, std::any_of(seen.begin(), seen.begin() + static_cast<long>(count),
                                         [](std::uintptr_t address) { return is_host(address); })};
}

class Handler {
 public:
  Handler(int signal, void (*handler)(int, siginfo_t*, void*)) : signal_(signal) {
    struct sigaction ours {};
    ours.sa_sigaction = handler;
    ours.sa_flags = SA_SIGINFO;
    sigaction(signal_, &ours, &former_);
  }
  ~Handler() { sigaction(signal_, &former_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  int signal_;
  struct sigaction former_ {};
};

}  // namespace

// Outside of picket's namespace, whose frames are left out. The empty statements keep the callers
// on the stack.
namespace shop {

#define FAIL_HERE asm volatile("ud2" : : : "memory")

[[gnu::noinline]] void fail_simply() { FAIL_HERE; }

[[gnu::noinline]] void sell() noexcept {
  FAIL_HERE;
  asm volatile("");
}

template <class Goods>
struct Shelf {
  [[gnu::noinline]] static void empty(const Goods& goods) {
    asm volatile("" : : "r"(&goods));
    sell();
    asm volatile("");
  }
};

[[gnu::noinline]] int close_up(int number) {
  const auto in_lambda = [number](auto goods) __attribute__((noinline)) {
    Shelf<decltype(goods)>::empty(goods);
    asm volatile("");
    return number;
  };
  const int result = in_lambda(std::pair<int, char>(number, 'a'));
  asm volatile("");
  return result;
}

[[gnu::noinline]] int with_many_locals(int number) {
  volatile char room[3000];
  room[0] = static_cast<char>(number);
  FAIL_HERE;
  return room[0];
}

// The processor stops after each instruction between these two. The functions around them call
// others, so nothing lies below the stack pointer; the unwinder is told that it moves.
#define SET_STEPPING(change)                                                                    \
  asm volatile("pushfq; .cfi_adjust_cfa_offset 8; " change "; popfq; .cfi_adjust_cfa_offset -8" \
               :                                                                                \
               :                                                                                \
               : "memory", "cc")

[[gnu::noinline, gnu::section("picket_host")]] pid_t call_a_library() {
  SET_STEPPING("orq $0x100, (%%rsp)");
  const pid_t id = getppid();
  SET_STEPPING("andq $~0x100, (%%rsp)");
  return id;
}

[[gnu::noinline, gnu::section("picket_host")]] long call_the_kernels_page() {
  timespec now{};
  SET_STEPPING("orq $0x100, (%%rsp)");
  clock_gettime(CLOCK_MONOTONIC, &now);
  SET_STEPPING("andq $~0x100, (%%rsp)");
  return now.tv_nsec;
}

}  // namespace shop

namespace picket::stacktrace {
namespace {

std::vector<std::string> functions() {
  Symbolizer symbolizer;
  const Stacktrace stacktrace =
      symbolizer.name(std::span(seen).first(seen_count), AddressAdjustment::all_but_first);
  std::vector<std::string> names;
  for (const Frame& frame : stacktrace.frames) names.push_back(frame.function);
  std::reverse(names.begin(), names.end());
  return names;
}

TEST_SUITE("stacktrace/unwind_interrupted") {
  TEST_CASE("the first address is the very instruction, in a leaf without a frame") {  // P3.11
    prepare_unwind();
    const Handler handler(SIGILL, on_fault);
    shop::fail_simply();
    REQUIRE(seen_count > 2);
    CHECK(seen[0] == failed_at);
    CHECK(functions().front() == "shop::fail_simply");
  }

  TEST_CASE("through noexcept, templates and lambdas, without frame pointers") {  // P3.11
    prepare_unwind();
    const Handler handler(SIGILL, on_fault);
    shop::close_up(3);
    const auto names = functions();
    REQUIRE(names.size() > 4);
    CHECK(names[0] == "shop::sell");
    CHECK(names[1].find("Shelf") != std::string::npos);
    CHECK(names[1].ends_with("::empty"));
    CHECK(names[2].find("lambda") != std::string::npos);
    CHECK(names[3] == "shop::close_up");
  }

  TEST_CASE("out of a frame with many locals") {
    prepare_unwind();
    const Handler handler(SIGILL, on_fault);
    shop::with_many_locals(1);
    CHECK(seen[0] == failed_at);
    CHECK(functions().front() == "shop::with_many_locals");
    CHECK(functions().size() > 3);
  }

  TEST_CASE("room for few addresses takes the newest") {
    prepare_unwind();
    static std::array<std::uintptr_t, 2> few{};
    static std::size_t count = 0;
    const Handler handler(SIGILL, [](int, siginfo_t*, void* context) {
      count = unwind_interrupted(few);
      static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 2;
    });
    shop::close_up(3);
    CHECK(count == 2);
    CHECK(few[0] != 0);
    CHECK(few[1] != 0);
  }

  // Every instruction counts: the stub of the procedure linkage table, the dynamic linker that
  // looks the function up on the first call, the function itself and the way back.
  TEST_CASE("at each instruction of a call through the linkage table the caller is found") {
    prepare_unwind();
    const Handler handler(SIGTRAP, on_step);
    step_count = 0;
    is_exact = true;
    shop::call_a_library();
    REQUIRE(step_count > 3);
    CHECK(is_exact);
    const auto first = steps.begin();
    const auto last = first + static_cast<long>(step_count);
    CHECK(std::all_of(first, last, [](const Step& step) { return step.has_host; }));
    const auto in_others = std::count_if(first, last, [](const Step& s) { return !is_host(s.at); });
    CHECK(in_others > 2);
  }

  TEST_CASE("at each instruction of the kernel's own page the caller is found") {
    prepare_unwind();
    const Handler handler(SIGTRAP, on_step);
    shop::call_the_kernels_page();  // the linkage table is filled in
    step_count = 0;
    is_exact = true;
    shop::call_the_kernels_page();
    const std::uintptr_t page = getauxval(AT_SYSINFO_EHDR);
    const auto first = steps.begin();
    const auto last = first + static_cast<long>(step_count);
    const auto in_page = std::count_if(
        first, last, [&](const Step& step) { return step.at >= page && step.at < page + 0x4000; });
    CHECK(is_exact);
    if (page != 0) CHECK(in_page > 3);
    CHECK(std::all_of(first, last, [](const Step& step) { return step.has_host; }));
  }
}

}  // namespace
}  // namespace picket::stacktrace

#endif
