#pragma once

// Events about what threads are doing: the steps that `capture_threads`, watchdogs and deadlines
// have in common.

#include "client/core.hpp"
#include "picket/event.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace picket::sdk {

/// How long a report by the watch thread may wait for stacks.
inline constexpr std::chrono::milliseconds kWatchTimeout{200};

/// The threads there are, but for the stack of the calling one. `only`: that thread alone; 0: all.
/// Threads: any; waits for `timeout` at most.
std::vector<client::ThreadRecord> take_threads(std::chrono::milliseconds timeout,
                                               std::uint64_t only = 0);

/// The stack of the calling thread, newest first.
std::vector<std::uintptr_t> own_stack(const client::Core& core);

/// Makes the stack of `thread` that of the event's exception. A thread that is not there, because
/// it has ended, changes nothing.
void blame(std::vector<client::ThreadRecord>& threads, std::uint64_t thread) noexcept;

/// An exception that nobody threw, seen by `mechanism`.
Exception noticed(std::string type, std::string value, std::string mechanism, Object data);

}  // namespace picket::sdk
