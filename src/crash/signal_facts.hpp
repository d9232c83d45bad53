#pragma once

// What signals are called, for machines and for people.

#include <array>
#include <csignal>
#include <string_view>

namespace picket::crash {

inline constexpr std::array kSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

/// The place of a signal in `kSignals`; their number for others.
/// Threads: any, signal handler; so all of this file.
std::size_t index_of(int signal) noexcept;

std::string_view signal_name(int signal) noexcept;  // SIGSEGV
std::string_view signal_text(int signal) noexcept;  // Segmentation fault

/// `si_code`; empty: no code that we know.
std::string_view code_name(int signal, int code) noexcept;  // SEGV_MAPERR
std::string_view code_text(int signal, int code) noexcept;  // address not mapped

/// Whether `si_addr` says something about what failed.
bool has_address(int signal, int code) noexcept;

/// An instruction has failed, and fails again when it is tried again.
bool is_fault(int signal, int code) noexcept;

}  // namespace picket::crash
