// What the processor and the kernel find: seven signals, each from a cause of its own.

#include "picket/crash.hpp"
#include "ways.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <thread>

extern "C" void picket_crash_in_library();

namespace shop {
namespace {

volatile int sink = 1;
int* volatile nowhere = nullptr;
void (*volatile no_function)() = nullptr;
volatile int zero = 0;

const long page_size = sysconf(_SC_PAGESIZE);

}  // namespace

[[gnu::noinline]] void read_null() { sink = *nowhere; }

[[gnu::noinline]] void write_constant() {
  void* const page = mmap(nullptr, static_cast<std::size_t>(page_size), PROT_READ,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile int*>(page) = 1;
}

[[gnu::noinline]] void read_beyond_file() {
  const int file = memfd_create("picket", 0);
  if (ftruncate(file, page_size) != 0) return;
  void* const page =
      mmap(nullptr, static_cast<std::size_t>(page_size), PROT_READ, MAP_SHARED, file, 0);
  if (ftruncate(file, 0) != 0) return;
  sink = *static_cast<volatile int*>(page);
}

[[gnu::noinline]] void divide_by_zero() { sink = sink / zero; }

[[gnu::noinline]] void run_no_instruction() { __builtin_trap(); }

[[gnu::noinline]] void run_into_breakpoint() {
#if defined(__x86_64__) || defined(__i386__)
  asm volatile("int3");
#else
  raise(SIGTRAP);
#endif
}

/// The kernel is told to object to one system call of this process.
[[gnu::noinline]] void call_what_is_forbidden() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = 4, .filter = rules};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) raise(SIGSYS);
  syscall(SYS_getpriority, 0, 0);
}

[[gnu::noinline]] void raise_fault() { raise(SIGSEGV); }

[[gnu::noinline]] void kill_itself() { kill(getpid(), SIGBUS); }

[[gnu::noinline]] void jump_to_null() { no_function(); }

[[gnu::noinline]] int recurse(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

void call_library() { picket_crash_in_library(); }

void call_plugin() {
  const std::string file = arguments().program + "_plugin.so";
  void* const plugin = dlopen(file.c_str(), RTLD_NOW);
  if (plugin == nullptr) throw std::runtime_error(dlerror());
  reinterpret_cast<void (*)()>(dlsym(plugin, "picket_crash_in_plugin"))();
}

namespace {

void* repaired_page = nullptr;

void exit_with_3(int) { _exit(3); }

void repair(int, siginfo_t*, void*) {
  mprotect(repaired_page, static_cast<std::size_t>(page_size), PROT_READ | PROT_WRITE);
}

void handle_faults_by(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGSEGV, &action, nullptr);
}

void handle_faults_by_repair() {
  repaired_page = mmap(nullptr, static_cast<std::size_t>(page_size), PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action {};
  action.sa_sigaction = repair;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

[[gnu::noinline]] void write_repairable() { *static_cast<volatile int*>(repaired_page) = 1; }

Ways signal_ways() {
  Ways ways;
  ways["null-read"].fail = read_null;
  ways["null-read-in-a-thread"].fail = [] { std::thread(read_null).join(); };
  ways["write-to-constant"].fail = write_constant;
  ways["file-that-shrank"].fail = read_beyond_file;
  ways["division-by-zero"].fail = divide_by_zero;
  ways["illegal-instruction"].fail = run_no_instruction;
  ways["breakpoint"].fail = run_into_breakpoint;
  ways["forbidden-system-call"].fail = call_what_is_forbidden;
  ways["raise"].fail = raise_fault;
  ways["kill"].fail = kill_itself;
  ways["jump-to-null"].fail = jump_to_null;
  ways["stack-overflow"].fail = [] { sink = recurse(0); };
  ways["stack-overflow-in-a-thread"].fail = [] {
    std::thread([] {
      const picket::AlternateStack second;
      sink = recurse(0);
    }).join();
  };
  ways["in-a-library"].fail = call_library;
  ways["in-a-plugin"].fail = call_plugin;
  ways["handler-that-exits"] = {.fail = read_null,
                                .prepare = [](picket::Options&) { handle_faults_by(exit_with_3); }};
  ways["handler-that-repairs"] = {.fail = write_repairable,
                                  .prepare = [](picket::Options&) { handle_faults_by_repair(); }};
  ways["signal-left-alone"] = {.fail = read_null, .prepare = [](picket::Options& options) {
                                 options.crash_signals_left_alone = {SIGSEGV};
                               }};
  return ways;
}

}  // namespace shop
