#include "failure_run.hpp"

namespace picket::crash_tests {
namespace {

// clang-format off
constexpr const char* kNobody = nullptr;  // no report
constexpr const char* kOrder = "^no such order: 17$";

// What nobody catches, and std::terminate.
const std::vector<Row> kUncaught{
    // way                        what                                                end        type              text                       frame
    {"uncaught",                  "an exception that main does not catch",            "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"uncaught-in-a-thread",      "an exception that leaves a thread",                "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"uncaught-nested",           "`std::throw_with_nested`",                         "SIGABRT", "StockError",     "^nothing to take$",       "shop::take_from_stock"},
    {"uncaught-number",           "`throw 42`",                                       "SIGABRT", "int",            "^42$",                    "=shop::throw_number"},
    {"uncaught-rethrown",         "`throw;` in a handler",                            "SIGABRT", "OrderError",     kOrder,                    "shop::throw_again"},
    {"thrown-through-noexcept",   "an exception that reaches `noexcept`",             "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"thrown-from-a-destructor",  "a destructor that throws",                         "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"rethrow-of-nothing",        "`throw;` without an exception",                    "SIGABRT", "std::terminate", "while there was none",    "=shop::throw_nothing"},
    {"terminate",                 "`std::terminate()`",                               "SIGABRT", "std::terminate", "without an exception$",   "=shop::give_up"},
    {"joinable-thread-destroyed", "a `std::thread` destroyed before it was joined",   "SIGABRT", "std::terminate", "^a std::thread was destroyed", "shop::forget_thread"},
    {"pure-virtual-call",         "a pure virtual call in a constructor",             "SIGABRT", "std::terminate", "pure virtual function",   "=shop::Shape::tell"},
    {"uncaught-bad-alloc",        "an allocation that is too large",                  "SIGABRT", "bad_alloc",      "^std::bad_alloc$",        "shop::order_too_much"},
    {"out-of-memory",             "an exception, and no memory is left",              "SIGABRT", "bad_alloc",      "^std::bad_alloc$",        "=shop::use_up_memory"},
    {"uncaught-on-two-threads",   "two threads with an exception each, at once",      "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"terminate-handler-that-exits", "a terminate handler of the host that exits",    "exit 7",  "OrderError",     kOrder,                    "=shop::find_order"},
    {"uncaught-without-capture",  "with `capture_uncaught` and `capture_crashes` off", "SIGABRT", kNobody,         "",                        nullptr},
    {"uncaught-in-before-send",   "an exception that leaves a `noexcept` hook",       "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order"},
    {"uncaught-during-init",      "an exception while `init` runs",                   "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order", Server::listens, true, Build::usual, true},
    {"uncaught-during-init-without-spool", "likewise, without a spool",               "SIGABRT", kNobody,          "",                        nullptr, Server::listens, false},
    {"uncaught-during-close",     "an exception while `close` waits",                 "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order", Server::hangs},
    {"uncaught-in-a-hook-during-close", "an exception that leaves a `noexcept` hook while `close` waits", "SIGABRT", "OrderError", kOrder,     "=shop::find_order"},
    {"uncaught-after-close",      "an exception after the end of the guard",          "SIGABRT", kNobody,          "",                        nullptr},
    {"static-initialiser",        "an exception in a static initialiser, after `init`", "SIGABRT", "runtime_error", "^no configuration$",     "=shop::throw_early"},
    {"uncaught-in-a-child",       "an exception in the child of a fork",              "exit 6",  "OrderError",     kOrder,                    "=shop::find_order"},
    {"uncaught-hung-server",      "an exception, and the server hangs",               "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order", Server::hangs},
    {"uncaught-hung-server-without-spool", "likewise, without a spool",               "SIGABRT", kNobody,          "",                        nullptr, Server::hangs, false},
    {"uncaught-dead-server",      "an exception, and there is no server",             "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order", Server::is_gone},
    {"uncaught-dead-server-without-spool", "likewise, without a spool",               "SIGABRT", kNobody,          "",                        nullptr, Server::is_gone, false},
    {"uncaught",                  "an exception, in a stripped program",              "SIGABRT", "OrderError",     kOrder,                    "@", Server::listens, true, Build::stripped},
    {"uncaught",                  "an exception, with the C++ runtime linked in",     "SIGABRT", "OrderError",     kOrder,                    "=shop::find_order", Server::listens, true, Build::static_runtime},
    {"no-failure",                "nothing: the program ends as it should",           "exit 0",  kNobody,          "",                        nullptr},
};

// What the signal handler alone can tell. The program has a `free` of its own.
const std::vector<Row> kCrashes{
    // way                        what                                                end        type       text                         frame
    {"null-read",                 "a null pointer that is read",                      "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"null-read-in-a-thread",     "likewise, in a thread",                            "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"write-to-constant",         "memory that may only be read is written",          "SIGSEGV", "SIGSEGV", "access not permitted",      "=shop::write_constant"},
    {"jump-to-null",              "a null function pointer",                          "SIGSEGV", "SIGSEGV", "address not mapped",        "shop::jump_to_null"},
    {"stack-overflow",            "a recursion without end",                          "SIGSEGV", "SIGSEGV", "",                          "=shop::recurse"},
    {"stack-overflow-in-a-thread", "likewise, in a thread with `AlternateStack`",     "SIGSEGV", "SIGSEGV", "",                          "=shop::recurse"},
    {"file-that-shrank",          "a mapped file that has become shorter",            "SIGBUS",  "SIGBUS",  "no memory behind",          "=shop::read_beyond_file"},
    {"division-by-zero",          "an integer division by zero",                      "SIGFPE",  "SIGFPE",  "division by zero",          "=shop::divide_by_zero"},
    {"illegal-instruction",       "`__builtin_trap()`",                               "SIGILL",  "SIGILL",  "Illegal instruction",       "=shop::run_no_instruction"},
    {"breakpoint",                "a breakpoint without a debugger",                  "SIGTRAP", "SIGTRAP", "Trap",                      "=shop::run_into_breakpoint"},
    {"forbidden-system-call",     "a system call that a filter forbids",              "SIGSYS",  "SIGSYS",  "forbidden by a filter",     "shop::call_what_is_forbidden"},
    {"raise",                     "`raise(SIGSEGV)`",                                 "SIGSEGV", "SIGSEGV", "Segmentation fault",        "shop::raise_fault"},
    {"kill",                      "`kill(getpid(), SIGBUS)`",                         "SIGBUS",  "SIGBUS",  "sent by a process",         "shop::kill_itself"},
    {"abort",                     "`abort()`",                                        "SIGABRT", "SIGABRT", "",                          "shop::abort_order"},
    {"assertion",                 "an `assert` that does not hold",                   "SIGABRT", "SIGABRT", "",                          "shop::expect_items"},
    {"double-free",               "memory that is freed twice",                       "SIGABRT", "SIGABRT", "",                          "free"},
    {"free-of-nonsense",          "a pointer freed that was never allocated",         "SIGABRT", "SIGABRT", "",                          "free"},
    {"smashed-stack",             "an array on the stack that is overrun",            "SIGABRT", "SIGABRT", "",                          "shop::smash_stack"},
    {"what-aborts",               "an uncaught exception whose `what()` aborts",      "SIGABRT", "Speechless", "",                    "=shop::throw_speechless"},
    {"uncaught-under-a-lock",     "an uncaught exception, under a lock that the logger wants", "SIGABRT", "OrderError", kOrder,     "=shop::find_order"},
    {"uncaught-hung-hook",        "an uncaught exception, and `before_send` hangs",   "SIGABRT", "OrderError", kOrder,              "=shop::find_order"},
    {"in-a-library",              "a fault in a shared library of the host",          "SIGSEGV", "SIGSEGV", "address not mapped",        "=picket_crash_in_library"},
    {"in-a-plugin",               "a fault in a module that was loaded at run time",  "SIGSEGV", "SIGSEGV", "address not mapped",        "=picket_crash_in_plugin"},
    {"null-read",                 "a fault in a stripped program",                    "SIGSEGV", "SIGSEGV", "address not mapped",        "@", Server::listens, true, Build::stripped},
    {"null-read",                 "a fault, with the C++ runtime linked in",          "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null", Server::listens, true, Build::static_runtime},
    {"handler-that-exits",        "a signal handler of the host that exits",          "exit 3",  "SIGSEGV", "access|address",            "=shop::read_null"},
    {"handler-that-repairs",      "a signal handler of the host that repairs it",     "exit 0",  "SIGSEGV", "access not permitted",      "=shop::write_repairable"},
    {"signal-left-alone",         "a signal of `crash_signals_left_alone`",           "SIGSEGV", kNobody,   "",                          nullptr},
    {"in-before-send",            "a fault in `before_send`",                         "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"in-a-transport",            "a fault in a transport of the host",               "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"during-init",               "a fault while `init` runs",                        "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null", Server::listens, true, Build::usual, true},
    {"during-init-without-spool", "likewise, without a spool",                        "SIGSEGV", kNobody,   "",                          nullptr, Server::listens, false},
    {"during-close",              "a fault while `close` waits",                      "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null", Server::hangs},
    {"in-a-hook-during-close",    "a fault in `before_send` while `close` waits",     "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"after-close",               "a fault after the end of the guard",               "SIGSEGV", kNobody,   "",                          nullptr},
    {"static-destructor",         "`abort()` in a static destructor, before picket closes", "SIGABRT", "SIGABRT", "",                    "shop::abort_order"},
    {"in-a-child",                "a fault in the child of a fork",                   "exit 11", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"on-two-threads",            "two faults at once",                               "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"under-the-allocator-lock",  "a fault while nobody can allocate",                "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null"},
    {"hung-server",               "a fault, and the server hangs",                    "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null", Server::hangs},
    {"dead-server",               "a fault, and there is no server",                  "SIGSEGV", "SIGSEGV", "address not mapped",        "=shop::read_null", Server::is_gone},
    {"dead-server-without-spool", "likewise, without a spool",                        "SIGSEGV", kNobody,   "",                          nullptr, Server::is_gone, false},
};
// clang-format on

}  // namespace

const std::vector<Row>& uncaught_rows() { return kUncaught; }
const std::vector<Row>& crash_rows() { return kCrashes; }

}  // namespace picket::crash_tests
