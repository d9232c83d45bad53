#include "crash/signal_facts.hpp"

#include <algorithm>

namespace picket::crash {
namespace {

struct SignalRow {
  int signal;
  std::string_view name;
  std::string_view text;
};

constexpr SignalRow kNames[] = {
    {SIGSEGV, "SIGSEGV", "Segmentation fault"},
    {SIGABRT, "SIGABRT", "Aborted"},
    {SIGBUS, "SIGBUS", "Bus error"},
    {SIGFPE, "SIGFPE", "Arithmetic exception"},
    {SIGILL, "SIGILL", "Illegal instruction"},
    {SIGTRAP, "SIGTRAP", "Trap"},
    {SIGSYS, "SIGSYS", "Bad system call"},
};

constexpr int kAny = 0;
constexpr int kByKernel = 0x80;

struct CodeRow {
  int signal;
  int code;
  std::string_view name;
  std::string_view text;
};

// Numbers, because a few have no name in older headers.
constexpr CodeRow kCodes[] = {
    {SIGSEGV, 1, "SEGV_MAPERR", "address not mapped"},
    {SIGSEGV, 2, "SEGV_ACCERR", "access not permitted"},
    {SIGSEGV, 3, "SEGV_BNDERR", "bounds check failed"},
    {SIGSEGV, 4, "SEGV_PKUERR", "access denied by a protection key"},
    {SIGBUS, 1, "BUS_ADRALN", "misaligned address"},
    {SIGBUS, 2, "BUS_ADRERR", "no memory behind the address"},
    {SIGBUS, 3, "BUS_OBJERR", "hardware error"},
    {SIGBUS, 4, "BUS_MCEERR_AR", "memory failure"},
    {SIGBUS, 5, "BUS_MCEERR_AO", "memory failure"},
    {SIGFPE, 1, "FPE_INTDIV", "integer division by zero"},
    {SIGFPE, 2, "FPE_INTOVF", "integer overflow"},
    {SIGFPE, 3, "FPE_FLTDIV", "division by zero"},
    {SIGFPE, 4, "FPE_FLTOVF", "overflow"},
    {SIGFPE, 5, "FPE_FLTUND", "underflow"},
    {SIGFPE, 6, "FPE_FLTRES", "inexact result"},
    {SIGFPE, 7, "FPE_FLTINV", "invalid operation"},
    {SIGFPE, 8, "FPE_FLTSUB", "subscript out of range"},
    {SIGILL, 1, "ILL_ILLOPC", "illegal opcode"},
    {SIGILL, 2, "ILL_ILLOPN", "illegal operand"},
    {SIGILL, 3, "ILL_ILLADR", "illegal addressing mode"},
    {SIGILL, 4, "ILL_ILLTRP", "illegal trap"},
    {SIGILL, 5, "ILL_PRVOPC", "privileged opcode"},
    {SIGILL, 6, "ILL_PRVREG", "privileged register"},
    {SIGILL, 7, "ILL_COPROC", "coprocessor error"},
    {SIGILL, 8, "ILL_BADSTK", "internal stack error"},
    {SIGTRAP, 1, "TRAP_BRKPT", "breakpoint"},
    {SIGTRAP, 2, "TRAP_TRACE", "trace trap"},
    {SIGSYS, 1, "SYS_SECCOMP", "forbidden by a filter"},
    {kAny, SI_USER, "SI_USER", "sent by a process"},
    {kAny, SI_QUEUE, "SI_QUEUE", "sent by a process"},
    {kAny, SI_TKILL, "SI_TKILL", ""},
    {kAny, SI_TIMER, "SI_TIMER", "sent by a timer"},
    {kAny, kByKernel, "SI_KERNEL", ""},
};

const CodeRow* find_code(int signal, int code) noexcept {
  const auto* const found =
      std::find_if(std::begin(kCodes), std::end(kCodes), [&](const auto& row) {
        return row.code == code && (row.signal == signal || row.signal == kAny);
      });
  return found == std::end(kCodes) ? nullptr : found;
}

const SignalRow* find_signal(int signal) noexcept {
  const auto* const found = std::find_if(std::begin(kNames), std::end(kNames),
                                         [&](const auto& row) { return row.signal == signal; });
  return found == std::end(kNames) ? nullptr : found;
}

}  // namespace

std::size_t index_of(int signal) noexcept {
  return static_cast<std::size_t>(std::find(kSignals.begin(), kSignals.end(), signal) -
                                  kSignals.begin());
}

std::string_view signal_name(int signal) noexcept {
  const SignalRow* const row = find_signal(signal);
  return row != nullptr ? row->name : "signal";
}

std::string_view signal_text(int signal) noexcept {
  const SignalRow* const row = find_signal(signal);
  return row != nullptr ? row->text : "Signal";
}

std::string_view code_name(int signal, int code) noexcept {
  const CodeRow* const row = find_code(signal, code);
  return row != nullptr ? row->name : std::string_view{};
}

std::string_view code_text(int signal, int code) noexcept {
  const CodeRow* const row = find_code(signal, code);
  return row != nullptr ? row->text : std::string_view{};
}

bool is_fault(int signal, int code) noexcept {
  const bool by_instruction =
      signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL;
  return by_instruction && code > 0;
}

bool has_address(int signal, int code) noexcept {
  return is_fault(signal, code) && code != kByKernel;
}

}  // namespace picket::crash
