#include "crash/handler.hpp"

#include "base/alternate_stack.hpp"
#include "base/contain.hpp"
#include "base/fork.hpp"
#include "base/never_destroyed.hpp"
#include "client/renewal.hpp"
#include "crash/attempt.hpp"
#include "crash/crash_files.hpp"
#include "crash/event_writer.hpp"
#include "crash/facts.hpp"
#include "crash/messenger.hpp"
#include "crash/once.hpp"
#include "crash/signal_facts.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace picket::crash {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReportBytes = 1U << 20U;  // as large as an event may be
constexpr milliseconds kMostForUnwinding{500};
constexpr milliseconds kMostForDisk{500};
constexpr milliseconds kMostForThreads{200};

/// Everything that a handler works with, reserved before.
struct Armed {
  explicit Armed(const client::Config& config)
      : prepared(config),
        timeout(config.options.crash_timeout),
        all_threads(config.options.crash_all_threads && stacktrace::prepare_thread_stacks()),
        files(config.options.spool_directory, config.dsn->to_string()) {}

  /// While there is none, reports go to the disk alone.
  void serve(const std::shared_ptr<client::Core>& client) {
    core = client;
    owned_messenger = std::make_unique<Messenger>(client, prepared);
    messenger.store(owned_messenger.get());
  }

  std::shared_ptr<client::Core> core{};
  Prepared prepared;
  milliseconds timeout;
  bool all_threads;
  CrashFiles files;
  const std::uint32_t generation = base::fork_generation();
  const int stack_owner = static_cast<int>(syscall(SYS_gettid));
  base::AlternateStack stack;
  std::atomic<Messenger*> messenger{nullptr};
  std::unique_ptr<Messenger> owned_messenger{};
  Armed* next_left_behind = nullptr;
};

/// What `picket::init` and `close` change, one at a time.
struct Control {
  std::mutex mutex;
  std::atomic<std::uint32_t> generation{0};
  Armed* armed = nullptr;
};

constinit base::NeverDestroyed<Control> the_control;
constinit std::atomic<Armed*> the_armed{nullptr};
alignas(Facts) constinit std::array<std::byte, sizeof(Facts)> facts_memory{};
constinit std::array<struct sigaction, kSignals.size()> previous{};
constinit std::array<std::atomic<bool>, kSignals.size()> is_handled{};
constinit char* report_memory = nullptr;  // kept for the life of the process

constinit std::atomic<Armed*> left_behind{nullptr};  // of parents; reachable, so no leak

// Instructions whose failure a handler from before has repaired. Others may be told.
constinit std::array<std::atomic<std::uintptr_t>, 16> repaired{};

/// What an earlier failure left behind is not cleaned up: that could free memory.
Facts& new_facts() noexcept { return *new (facts_memory.data()) Facts; }

/// In the child of a fork the lock may be held by a thread that is not there.
Control& control_of_process() noexcept {
  Control& control = *the_control;
  const std::uint32_t now = base::fork_generation();
  if (control.generation.exchange(now) != now) new (&control.mutex) std::mutex;
  return control;
}

int this_thread() noexcept { return static_cast<int>(syscall(SYS_gettid)); }

std::uintptr_t instruction_of(const void* context) noexcept {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine.pc;
#else
  static_cast<void>(machine);
  return 0;
#endif
}

bool was_repaired(std::uintptr_t instruction) noexcept {
  return instruction != 0 && std::any_of(repaired.begin(), repaired.end(), [&](const auto& known) {
           return known.load() == instruction;
         });
}

/// The oldest are forgotten when there are many.
void note_repaired(std::uintptr_t instruction) noexcept {
  static constinit std::atomic<std::size_t> next{0};
  if (!was_repaired(instruction)) repaired[next.fetch_add(1) % repaired.size()].store(instruction);
}

/// The report on disk, before anything is tried that may not come back.
void write_report(Armed& armed, const Facts& facts, base::Deadline until) noexcept {
  if (!armed.files.is_wanted() || report_memory == nullptr) return;
  json::FixedBuffer payload(report_memory, kReportBytes);
  const bool is_whole = attempt(until, [&] { write_event(payload, facts, armed.prepared); });
  if (!is_whole || payload.has_overflowed()) return;
  attempt(std::min(until, base::deadline_in(kMostForDisk)), [&] {
    char lines[2][1024];
    json::FixedBuffer header(lines[0], sizeof lines[0]);
    json::FixedBuffer item(lines[1], sizeof lines[1]);
    write_header(header, facts, armed.prepared);
    write_item_header(item, payload.size());
    if (header.has_overflowed()) return;
    armed.files.write_report(facts.id, header.view(), item.view(), payload.view());
  });
}

/// What an uncaught exception was, when its own report did not get through.
void take_story(Facts& facts) noexcept {
  const Story* const story = untold_story();
  if (story == nullptr || facts.signal != SIGABRT) return;
  if (!story->id.is_nil()) facts.id = story->id;
  facts.type = story->type;
  facts.value = story->value;
  facts.is_exception = true;
  const std::size_t count = std::min(story->address_count, stacktrace::kMaxAddresses);
  if (count == 0) return;
  std::copy_n(story->addresses.begin(), count, facts.stack.values.begin());
  facts.stack.size = count;
}

void write_marker(Armed& armed, const Facts& facts) noexcept {
  armed.files.write_marker(facts.id, facts.time, facts.type.data());
}

void tell(Armed& armed, int signal, const siginfo_t& info, const void* context,
          base::Deadline until) noexcept {
  Facts& facts = new_facts();
  take_signal(facts, signal, info, context);
  attempt(base::deadline_in(kMostForUnwinding), [&] { take_stack(facts, context); });
  take_story(facts);
  attempt(base::deadline_in(kMostForDisk), [&] { write_marker(armed, facts); });
  attempt(base::deadline_in(kMostForUnwinding), [&] { take_scopes(facts); });
  if (armed.all_threads) {
    attempt(base::deadline_in(2 * kMostForThreads),
            [&] { take_threads(facts, static_cast<unsigned>(kMostForThreads.count())); });
  }
  write_report(armed, facts, until);
  Messenger* const messenger =
      base::fork_generation() == armed.generation ? armed.messenger.load() : nullptr;
  if (messenger != nullptr && messenger->tell(facts, until)) return armed.files.remove_report();
  attempt(base::deadline_in(kMostForDisk), [&] { armed.files.sync(); });
}

/// The terminate handler has told of it, and the host still wants to know at its next start.
void mark_told(Armed& armed, int signal, const siginfo_t& info, const void* context) noexcept {
  const Story* const story = untold_story();
  Facts& facts = new_facts();
  take_signal(facts, signal, info, context);
  if (story != nullptr) {
    facts.id = story->id;
    facts.type = story->type;
  }
  write_marker(armed, facts);
}

/// Tells, or waits for the one who does.
void take_turn(Armed& armed, int signal, const siginfo_t& info, const void* context) noexcept {
  const base::Deadline deadline = base::deadline_in(armed.timeout);
  switch (begin_telling(Teller::signal_handler, deadline)) {
    case Turn::tell:
      open_steps(signal, this_thread());
      attempt(telling_deadline(), [&] { tell(armed, signal, info, context, telling_deadline()); });
      close_steps();
      end_telling(true);
      return;
    case Turn::busy:
      if (Messenger* const messenger = armed.messenger.load()) {
        if (this_thread() == messenger->thread_id()) messenger->give_up();
      }
      wait_for_teller();
      // The first one ends the process with its own signal.
      for (int i = 0; i < 100; ++i) {
        constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 10'000'000};
        nanosleep(&kMoment, nullptr);
      }
      return;
    case Turn::told:
      if (signal == SIGABRT) mark_told(armed, signal, info, context);
      return;
    case Turn::nested:
      give_up_step();
      return;
  }
}

/// As without picket: the kernel's way to end a process.
void end_by_default(int signal, const siginfo_t& info) noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  sigaction(signal, &by_default, nullptr);
  // An instruction that failed fails again when the handler returns, which leaves the best core
  // dump. Every other signal has to be sent once more.
  if (is_fault(signal, info.si_code)) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  syscall(SYS_tgkill, getpid(), this_thread(), signal);
}

/// The handler from before is called with the signals blocked that it wanted.
void call(const struct sigaction& handler, int signal, siginfo_t* info, void* context) noexcept {
  sigset_t mask = static_cast<const ucontext_t*>(context)->uc_sigmask;
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&handler.sa_mask, number) == 1) sigaddset(&mask, number);
  }
  if ((handler.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  if ((handler.sa_flags & SA_SIGINFO) != 0) {
    handler.sa_sigaction(signal, info, context);
  } else {
    handler.sa_handler(signal);
  }
}

void on_signal(int signal, siginfo_t* info, void* context) noexcept;

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &on_signal;
}

bool is_handler(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

void pass_on(Armed* armed, int signal, siginfo_t* info, void* context) noexcept {
  struct sigaction& before = previous[index_of(signal)];
  if (!is_handler(before)) {
    const bool is_ignored = before.sa_handler == SIG_IGN && !is_fault(signal, info->si_code);
    if (!is_ignored) end_by_default(signal, *info);
    return;
  }
  const struct sigaction handler = before;
  if ((handler.sa_flags & static_cast<int>(SA_RESETHAND)) != 0) {
    before = {};
    before.sa_handler = SIG_DFL;
  }
  call(handler, signal, info, context);
  // It came back. When it has put another handler in place of ours it wants the process to end;
  // else it has repaired what failed.
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  if (!is_ours(now) || !is_fault(signal, info->si_code)) return;
  note_repaired(instruction_of(context));
  if (armed == nullptr) return;
  armed->files.remove_marker();
  forget_threads();
  forget_failure();
}

void on_signal(int signal, siginfo_t* info, void* context) noexcept {
  const int error = errno;
  if (is_late_timer(*info)) {
    give_up_step();
    errno = error;
    return;  // its step was over
  }
  if (is_fault(signal, info->si_code)) stacktrace::escape_from_answer();
  Armed* const armed = the_armed.load();
  const bool is_known = is_fault(signal, info->si_code) && was_repaired(instruction_of(context));
  if (armed != nullptr && !is_known) take_turn(*armed, signal, *info, context);
  pass_on(armed, signal, info, context);
  errno = error;
}

void install(const Options& options) noexcept {
  const auto& left_alone = options.crash_signals_left_alone;
  struct sigaction ours {};
  ours.sa_sigaction = &on_signal;
  // A fault of our own has to reach us, so no crash signal is blocked; everything else waits.
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigfillset(&ours.sa_mask);
  for (const int signal : kSignals) sigdelset(&ours.sa_mask, signal);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (std::find(left_alone.begin(), left_alone.end(), kSignals[i]) != left_alone.end()) continue;
    struct sigaction present {};
    if (sigaction(kSignals[i], nullptr, &present) != 0) continue;
    if (is_handled[i].load() && is_handler(present)) continue;  // we are below it: once is enough
    if (is_ours(present)) continue;
    previous[i] = present;
    if (sigaction(kSignals[i], &ours, nullptr) == 0) is_handled[i].store(true);
  }
}

void uninstall() noexcept {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (!is_handled[i].load()) continue;
    struct sigaction present {};
    if (sigaction(kSignals[i], nullptr, &present) != 0 || !is_ours(present)) continue;
    if (sigaction(kSignals[i], &previous[i], nullptr) == 0) is_handled[i].store(false);
  }
}

void release(Armed* armed) noexcept {
  if (armed->generation != base::fork_generation()) {  // its thread is the parent's
    armed->next_left_behind = left_behind.exchange(armed);
    return;
  }
  if (armed->stack_owner != this_thread()) armed->stack.release();
  delete armed;
}

/// A child that captures has a worker, and gets a messenger with it.
void arm_child(const std::shared_ptr<client::Core>& core) noexcept {
  const Armed* const of_parent = the_armed.load();
  if (of_parent != nullptr && of_parent->core == core) arm(core);
}

void reserve_memory() noexcept {
  if (report_memory != nullptr) return;
  void* const memory = mmap(nullptr, kReportBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) report_memory = static_cast<char*>(memory);
}

/// In place of the former one. With the lock.
Armed& replace(Control& control, std::unique_ptr<Armed> made, const Options& options) {
  Armed& armed = *made;
  Armed* const former = std::exchange(control.armed, made.release());
  the_armed.store(&armed);
  install(options);
  if (former == nullptr) return armed;
  wait_for_teller();  // who fails just now still works with it
  release(former);
  return armed;
}

/// With the lock.
void take_down(Control& control) noexcept {
  uninstall();
  the_armed.store(nullptr);
  wait_for_teller();
  release(std::exchange(control.armed, nullptr));
}

bool is_for_init(const Armed* armed) noexcept {
  return armed != nullptr && !armed->core && armed->generation == base::fork_generation();
}

}  // namespace

void arm_for_init(const client::Config& config) noexcept {
  const Options& options = config.options;
  if (!options.capture_crashes || options.spool_directory.empty() || !config.dsn) return;
  base::contain([&] {
    Control& control = control_of_process();
    const std::lock_guard lock(control.mutex);
    if (control.armed != nullptr && !is_for_init(control.armed)) return;
    reserve_memory();
    stacktrace::prepare_unwind();
    replace(control, std::make_unique<Armed>(config), options);
  });
}

void disarm_without_client() noexcept {
  base::contain([&] {
    Control& control = control_of_process();
    const std::lock_guard lock(control.mutex);
    if (is_for_init(control.armed)) take_down(control);
  });
}

void arm(const std::shared_ptr<client::Core>& core) noexcept {
  if (!core || !core->is_enabled() || !core->config().options.capture_crashes) return;
  base::contain([&] {
    Control& control = control_of_process();
    const std::lock_guard lock(control.mutex);
    client::set_renewal_observer(&arm_child);
    if (is_for_init(control.armed)) return control.armed->serve(core);
    reserve_memory();
    auto made = std::make_unique<Armed>(core->config());
    made->serve(core);
    replace(control, std::move(made), core->config().options);
  });
}

void disarm(const std::shared_ptr<client::Core>& core) noexcept {
  base::contain([&] {
    Control& control = control_of_process();
    const std::lock_guard lock(control.mutex);
    if (control.armed != nullptr && control.armed->core == core) take_down(control);
  });
}

}  // namespace picket::crash
