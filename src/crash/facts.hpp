#pragma once

// The raw facts of one crash, taken in signal context into memory that was there before. Names and
// texts are made of them elsewhere: by the messenger, in an ordinary thread, and by the handler
// itself (`event_writer.hpp`), where there is no such thread.

#include "picket/event_id.hpp"
#include "scope/scope_state.hpp"
#include "stacktrace/thread_stacks.hpp"
#include "stacktrace/unwind.hpp"
#include "tracing/span_tree.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace picket::crash {

struct Register {
  std::string_view name{};
  std::uint64_t value = 0;
};

inline constexpr std::size_t kMaxRegisters = 40;

struct Facts {
  int signal = 0;
  int code = 0;
  std::uintptr_t address = 0;  // what could not be accessed, see `has_address`
  std::string_view access{};   // read, write, execute; empty: not known
  std::int32_t process = 0;
  std::int32_t thread = 0;
  std::array<char, 17> thread_name{};
  WallTime time{};
  EventId id{};
  std::array<char, 1024> value{};  // what people read; ends with a zero
  std::array<char, 256> type{};    // the signal's name, or that of an exception; ends with a zero
  bool is_exception = false;       // of the terminate handler: then `stack` has no exact address

  std::array<Register, kMaxRegisters> registers{};
  std::size_t register_count = 0;
  std::uintptr_t instruction = 0;  // that failed
  stacktrace::Addresses stack{};   // newest first, the instruction included

  const stacktrace::ThreadStacks* threads = nullptr;  // null: not wanted, or not to be had

  std::array<scope::ScopeSnapshot, 3> scopes{};  // global, isolation, current
  std::optional<tracing::Trace> trace{};         // of the isolation scope
  tracing::ActiveSpan span{};
  tracing::TraceIds ids{};
  bool has_ids = false;
};

/// Everything but stack and scopes. Threads: signal handler; so all of these.
void take_signal(Facts& facts, int signal, const siginfo_t& info, const void* context) noexcept;

/// Where the thread was when the signal came, the handler's own frames left out. Reads memory that
/// may be smashed: it may fault.
[[gnu::noinline]] void take_stack(Facts& facts, const void* context) noexcept;

/// The stacks of the other threads, as far as they answer within `max_milliseconds`.
void take_threads(Facts& facts, unsigned max_milliseconds) noexcept;

/// Gives back what they lie in: the process lives on.
void forget_threads() noexcept;

/// Data of scopes that somebody is just editing are left out.
void take_scopes(Facts& facts) noexcept;

}  // namespace picket::crash
