#include "crash/facts.hpp"

#include "base/ids.hpp"
#include "crash/once.hpp"
#include "crash/signal_facts.hpp"
#include "json/sink.hpp"
#include "scope/thread_scopes.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

namespace picket::crash {
namespace {

/// How often a lock is looked at again: somebody else's edit takes microseconds.
constexpr int kLooks = 20;
constexpr timespec kBetweenLooks{.tv_sec = 0, .tv_nsec = 200'000};

using stacktrace::ThreadStacks;
alignas(ThreadStacks) constinit std::array<std::byte, sizeof(ThreadStacks)> threads_memory{};
constinit ThreadStacks* taken = nullptr;  // of the thread that tells

void add(Facts& facts, std::string_view name, std::uint64_t value) noexcept {
  if (facts.register_count < kMaxRegisters) facts.registers[facts.register_count++] = {name, value};
}

/// What the processor held. Spec: P3.13.
struct Machine {
  std::uintptr_t instruction = 0;
  std::uintptr_t stack = 0;
  std::uintptr_t frame = 0;
};

#if defined(__x86_64__)
Machine read_registers(Facts* facts, const ucontext_t& context) noexcept {
  struct Row {
    std::string_view name;
    int number;
  };
  static constexpr Row kRows[] = {
      {"rax", REG_RAX}, {"rbx", REG_RBX}, {"rcx", REG_RCX},   {"rdx", REG_RDX}, {"rsi", REG_RSI},
      {"rdi", REG_RDI}, {"rbp", REG_RBP}, {"rsp", REG_RSP},   {"r8", REG_R8},   {"r9", REG_R9},
      {"r10", REG_R10}, {"r11", REG_R11}, {"r12", REG_R12},   {"r13", REG_R13}, {"r14", REG_R14},
      {"r15", REG_R15}, {"rip", REG_RIP}, {"eflags", REG_EFL}};
  const auto& values = context.uc_mcontext.gregs;
  const auto at = [&](int number) { return static_cast<std::uint64_t>(values[number]); };
  if (facts != nullptr) {
    for (const Row& row : kRows) add(*facts, row.name, at(row.number));
    constexpr std::uint64_t kPageFault = 14;
    const std::uint64_t error = at(REG_ERR);
    if (facts->signal == SIGSEGV && at(REG_TRAPNO) == kPageFault) {
      facts->access = (error & 16U) != 0 ? "execute" : (error & 2U) != 0 ? "write" : "read";
    }
  }
  return {at(REG_RIP), at(REG_RSP), at(REG_RBP)};
}
#elif defined(__aarch64__)
Machine read_registers(Facts* facts, const ucontext_t& context) noexcept {
  static constexpr std::string_view kNames[] = {
      "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
      "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
      "x22", "x23", "x24", "x25", "x26", "x27", "x28", "fp",  "lr"};
  const auto& values = context.uc_mcontext;
  if (facts != nullptr) {
    for (std::size_t i = 0; i < std::size(kNames); ++i) add(*facts, kNames[i], values.regs[i]);
    add(*facts, "sp", values.sp);
    add(*facts, "pc", values.pc);
  }
  return {values.pc, values.sp, values.regs[29]};
}
#else
Machine read_registers(Facts*, const ucontext_t&) noexcept { return {}; }
#endif

/// After a call to an address where no code is, the unwinder does not get past it: the caller left
/// its return address, and further ones where it keeps frame pointers.
void walk_by_hand(stacktrace::Addresses& stack, const Machine& machine) noexcept {
  const auto push = [&](std::uintptr_t address) {
    if (address != 0 && stack.size < stacktrace::kMaxAddresses) {
      stack.values[stack.size++] = address;
    }
  };
  constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);
  constexpr std::uintptr_t kLargestFrame = 1U << 20U;
  const auto word_at = [](std::uintptr_t address) {
    return *reinterpret_cast<const std::uintptr_t*>(address);
  };
  stack.size = 0;
  push(machine.instruction);
#if defined(__x86_64__)
  if (machine.stack % kWord == 0) push(word_at(machine.stack));
#endif
  std::uintptr_t frame = machine.frame;
  std::uintptr_t last = machine.stack;
  while (frame % kWord == 0 && frame > last && frame - last < kLargestFrame &&
         stack.size < stacktrace::kMaxAddresses) {
    push(word_at(frame + kWord));
    last = frame;
    frame = word_at(frame);
  }
}

/// "Segmentation fault: address not mapped at 0x10"
void describe(Facts& facts, const siginfo_t& info) noexcept {
  char text[192];
  json::FixedBuffer words(text, sizeof text);
  const auto add_number = [&](std::uint64_t number, int base) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    words.append({digits, static_cast<std::size_t>(end - digits)});
  };
  words.append(signal_text(facts.signal));
  if (const std::string_view code = code_text(facts.signal, facts.code); !code.empty()) {
    words.append(": ");
    words.append(code);
  }
  if (has_address(facts.signal, facts.code)) {
    words.append(" at 0x");
    add_number(facts.address, 16);
  }
  if (facts.code == SI_USER || facts.code == SI_QUEUE) {
    words.append(" ");
    add_number(static_cast<std::uint64_t>(info.si_pid), 10);
  }
  set_text(facts.value, words.view());
}

void look(const scope::ScopeState* state, scope::ScopeSnapshot& snapshot,
          std::optional<tracing::Trace>& trace) noexcept {
  if (state == nullptr) return;
  for (int i = 0; i < kLooks; ++i) {
    if (state->try_look(snapshot, trace)) return;
    nanosleep(&kBetweenLooks, nullptr);
  }
}

}  // namespace

void take_signal(Facts& facts, int signal, const siginfo_t& info, const void* context) noexcept {
  facts.signal = signal;
  facts.code = info.si_code;
  if (has_address(signal, info.si_code)) {
    facts.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  }
  facts.process = static_cast<std::int32_t>(getpid());
  facts.thread = static_cast<std::int32_t>(syscall(SYS_gettid));
  prctl(PR_GET_NAME, facts.thread_name.data());
  facts.time = Clock().wall();
  facts.id = base::new_event_id();
  set_text(facts.type, signal_name(signal));
  describe(facts, info);
  facts.instruction = read_registers(&facts, *static_cast<const ucontext_t*>(context)).instruction;
}

void take_stack(Facts& facts, const void* context) noexcept {
  stacktrace::Addresses& stack = facts.stack;
  stacktrace::unwind(stack);
  auto* const begin = stack.values.data();
  auto* const end = begin + stack.size;
  auto* const failed = std::find(begin, end, facts.instruction);
  if (failed != end && facts.instruction != 0) {
    stack.size = static_cast<std::size_t>(std::copy(failed, end, begin) - begin);
  }
  const bool is_whole = failed != end && stack.size > 1;
  if (!is_whole) {
    walk_by_hand(stack, read_registers(nullptr, *static_cast<const ucontext_t*>(context)));
  }
}

void take_threads(Facts& facts, unsigned max_milliseconds) noexcept {
  taken =
      new (threads_memory.data()) ThreadStacks(stacktrace::StacksOwner::crash, max_milliseconds);
  facts.threads = taken;
}

void forget_threads() noexcept {
  if (ThreadStacks* const former = std::exchange(taken, nullptr)) former->~ThreadStacks();
}

void take_scopes(Facts& facts) noexcept {
  std::optional<tracing::Trace> unused;
  look(scope::peek_global_scope(), facts.scopes[0], unused);
  const scope::ThreadScopes* const mine = scope::peek_scopes();
  if (mine == nullptr) return;
  look(mine->isolation.get(), facts.scopes[1], facts.trace);
  look(mine->current.get(), facts.scopes[2], unused);
  const tracing::SpanTree* const tree = mine->span.tree.get();
  if (tree != nullptr && !tree->has_ended() && !tree->is_forked()) {
    facts.span = mine->span;
    facts.has_ids = tree->try_ids(facts.span, facts.ids);
  }
  if (!facts.has_ids && facts.trace) {
    facts.ids = {facts.trace->trace_id, facts.trace->span_id, facts.trace->parent_span_id};
    facts.has_ids = true;
  }
}

}  // namespace picket::crash
