// A host that fails.
//
//   picket_crash_signals_program WAY DSN DIRECTORY     DIRECTORY `-`: none

#include "picket/crash.hpp"
#include "picket/picket.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;

void say(const std::string& line) {
  const std::string text = line + "\n";
  static_cast<void>(!write(STDOUT_FILENO, text.data(), text.size()));
}

volatile int* volatile nowhere = reinterpret_cast<int*>(std::uintptr_t{16});
volatile int zero = 0;

[[gnu::noinline]] void read_nowhere() { zero = *nowhere; }
[[gnu::noinline]] void read_nowhere_below() {
  read_nowhere();
  zero = zero + 1;  // so that this function has a frame
}

[[gnu::noinline]] int use_up_stack(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  if (depth < 0) return 0;
  return use_up_stack(depth + 1) + room[0];
}

void call_nowhere() {
  void (*volatile function)() = nullptr;
  function();
  zero = 1;
}

/// Neither the stack nor the frame pointer say anything when it fails.
void fail_on_smashed_stack() {
#if defined(__x86_64__)
  asm volatile(
      "mov $0x1230, %%rsp\n\t"
      "mov $0x4560, %%rbp\n\t"
      "movl $1, 0x10\n\t" ::
          : "memory");
#else
  read_nowhere();
#endif
}

void* page = nullptr;

void repair(int, siginfo_t*, void*) { mprotect(page, 4096, PROT_READ | PROT_WRITE); }
void leave(int) { _exit(7); }

void write_to_page() {
  for (int i = 0; i < 3; ++i) {
    mprotect(page, 4096, PROT_NONE);
    *static_cast<volatile int*>(page) = i;
  }
  say("repaired");
}

void on_thread(const std::function<void()>& work) { std::thread(work).join(); }

void fail_on_two_threads() {
  std::atomic<int> ready{0};
  const auto fail = [&ready] {
    ++ready;
    while (ready.load() < 2) {
    }
    read_nowhere();
  };
  std::thread first(fail);
  std::thread second(fail);
  first.join();
  second.join();
}

void fail_in_child() {
  const pid_t child = fork();
  if (child == 0) {
    read_nowhere_below();
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  say("child " + std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
}

/// One that has captured before has a worker of its own.
void fail_in_busy_child() {
  const pid_t child = fork();
  if (child == 0) {
    picket::capture_message("I am a child");
    picket::flush(10s);
    read_nowhere_below();
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  say("child " + std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
}

void fail_in_hook() {
  picket::capture_message("look at me");
  std::this_thread::sleep_for(60s);
}

void fail_with_scopes() {
  picket::set_tag("shop", "berlin");
  picket::set_user({.id = "77"});
  picket::set_context("order", {{"id", 9}});
  picket::add_breadcrumb("went to the shop", {.category = "walk"});
  const auto transaction = picket::start_transaction({.op = "command", .name = "buy"});
  const auto scope = picket::push_scope();
  picket::set_tag("till", "3");
  picket::set_tag("api_key", "sk-very-secret");
  read_nowhere_below();
}

/// Until the worker has looked at what earlier runs left behind, and has sent it.
void send_what_is_left() {
  const auto until = std::chrono::steady_clock::now() + 20s;
  picket::flush_to_spool(20s);  // the worker comes to it when it has looked
  int quiet = 0;
  while (quiet < 10 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(5ms);  // it looks by itself
    const auto errors = picket::stats().errors();
    quiet = errors.spooled + errors.pending == 0 && picket::flush(1s) ? quiet + 1 : 0;
  }
}

struct Way {
  std::function<void()> fail{};
  std::function<void(picket::Options&)> prepare = [](picket::Options&) {};
};

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

[[gnu::no_sanitize("undefined")]] void divide() { zero = 1000 / zero; }

std::map<std::string_view, Way> ways() {
  std::map<std::string_view, Way> all;
  all["start"] = {&send_what_is_left};
  all["segv"] = {&fail_with_scopes};
  all["call"] = {&call_nowhere};
  all["abort"] = {[] { std::abort(); }};
  all["fpe"] = {&divide};
  all["ill"] = {[] { __builtin_trap(); }};
  all["trap"] = {[] { raise(SIGTRAP); }};
  all["bus"] = {[] { raise(SIGBUS); }};
  all["sys"] = {[] { raise(SIGSYS); }};
  all["sent"] = {[] { kill(getpid(), SIGSEGV); }};
  all["overflow"] = {[] { zero = use_up_stack(0); }};
  all["thread-overflow"] = {[] {
    on_thread([] {
      const picket::AlternateStack stack;
      zero = use_up_stack(0);
    });
  }};
  all["smashed"] = {&fail_on_smashed_stack};
  all["two"] = {&fail_on_two_threads};
  all["child"] = {&fail_in_child};
  all["busy-child"] = {&fail_in_busy_child};
  all["hook"] = {&fail_in_hook, [](picket::Options& options) {
                   options.before_send = [](picket::Event& event, picket::Hint&) {
                     if (event.message) read_nowhere();
                     return picket::Verdict::keep;
                   };
                 }};
  all["hangs"] = {&fail_with_scopes, [](picket::Options& options) {
                    options.crash_timeout = 300ms;
                    options.before_send = [](picket::Event&, picket::Hint&) {
                      std::this_thread::sleep_for(60s);
                      return picket::Verdict::keep;
                    };
                  }};
  all["handled"] = {&read_nowhere, [](picket::Options&) { handle(SIGSEGV, &leave); }};
  all["repaired"] = {&write_to_page, [](picket::Options&) {
                       page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                       struct sigaction action {};
                       action.sa_sigaction = &repair;
                       action.sa_flags = SA_SIGINFO;
                       sigaction(SIGSEGV, &action, nullptr);
                     }};
  all["repaired-then"] = all["repaired"];
  all["repaired-then"].fail = [] {
    write_to_page();
    handle(SIGABRT, SIG_DFL);
    raise(SIGFPE);
  };
  all["sampled-out"] = {&read_nowhere, [](picket::Options& options) { options.sample_rate = 0; }};
  all["left-alone"] = {&read_nowhere, [](picket::Options& options) {
                         options.crash_signals_left_alone = {SIGSEGV};
                       }};
  all["off"] = {&read_nowhere, [](picket::Options& options) { options.capture_crashes = false; }};
  all["closed"] = {[] {
    picket::close(5s);
    struct sigaction now {};
    sigaction(SIGSEGV, nullptr, &now);
    say(now.sa_handler == SIG_DFL ? "default" : "ours");
    read_nowhere();
  }};
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  alarm(60);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const auto all = ways();
  const auto way = all.find(argc == 4 ? argv[1] : "");
  if (way == all.end()) return 1;
  picket::Options options;
  options.dsn = argv[2];
  options.release = "shop@1.4.0";
  options.environment = "test";
  options.traces_sample_rate = 1.0;
  options.spool_replay_interval = 0ms;
  options.crash_timeout = 10s;
  if (argv[3] != std::string_view("-")) options.spool_directory = argv[3];
  if (way->first == "start") {
    options.on_crashed_last_run = [](const picket::LastCrash& crash) {
      say("crash " + crash.event_id.to_string() + " " + crash.reason);
    };
  }
  way->second.prepare(options);
  const auto guard = picket::init(options);
  const auto known = picket::crashed_last_run();
  say(std::string("last ") + (!known ? "unknown" : *known ? "crashed" : "fine"));
  way->second.fail();
  return 0;
}
