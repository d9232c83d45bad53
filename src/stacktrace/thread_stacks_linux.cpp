// How threads are asked on Linux. Beside lock-free atomics and the unwinder this uses openat, read,
// close, sigaction, gettid and getpid, which are async-signal-safe, and the bare system calls
// getdents64, tgkill and futex.

#include "base/deadline.hpp"
#include "stacktrace/thread_stacks.hpp"
#include "stacktrace/thread_status.hpp"
#include "stacktrace/unwind.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <ctime>

namespace picket::stacktrace {
namespace {

enum class Phase : std::uint32_t { idle, asked, writing, done };

/// Where one thread writes. The phase goes with the number of the request: a thread that was
/// stopped between reading a request and taking it finds that it is another one by now.
struct Slot {
  std::atomic<std::uint32_t> word{0};  // number of the request * 4 + phase
  std::atomic<pid_t> thread{0};        // who is asked; set before the phase
  std::size_t size = 0;                // this and the next: the writer's, then the reader's
  std::array<std::uintptr_t, kMaxThreadFrames> addresses{};

  static Phase phase_of(std::uint32_t word) noexcept { return static_cast<Phase>(word % 4); }
  static std::uint32_t with(std::uint32_t word, Phase phase) noexcept {
    return word - word % 4 + static_cast<std::uint32_t>(phase);
  }
};

struct Bank {
  std::atomic<pid_t> holder{0};           // the process; another one than ours: from before a fork
  std::atomic<std::uint32_t> answers{0};  // what the collector sleeps on
  std::array<Slot, kMaxThreads> slots{};
};

constinit std::array<Bank, 2> banks{};
constinit std::atomic<int> the_signal{0};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
              sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

pid_t own_thread() noexcept { return static_cast<pid_t>(syscall(SYS_gettid)); }

void wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t seen,
              std::chrono::nanoseconds most) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(most);
  const timespec time{.tv_sec = seconds.count(), .tv_nsec = (most - seconds).count()};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, &time, nullptr, 0);
}

/// True for the one thread that is asked, once.
bool take(Slot& slot, pid_t self, std::uint32_t& word) noexcept {
  word = slot.word.load(std::memory_order_acquire);
  if (Slot::phase_of(word) != Phase::asked) return false;
  if (slot.thread.load(std::memory_order_relaxed) != self) return false;
  const std::uint32_t writing = Slot::with(word, Phase::writing);
  const bool is_ours = slot.word.compare_exchange_strong(word, writing, std::memory_order_acquire);
  word = writing;
  return is_ours;
}

/// Where a thread that faults in its walk goes on; null: it does not walk. Storage of this kind is
/// there before the thread runs, so that a signal handler may touch it.
[[gnu::tls_model("initial-exec")]] thread_local constinit sigjmp_buf* way_out = nullptr;

// The signals that a jump leaves blocked are set free by the return of the handler around it.
[[gnu::noinline]] void walk_into(Slot& slot) noexcept {
  sigjmp_buf back;
  slot.size = 0;
  if (sigsetjmp(back, 0) == 0) {
    way_out = &back;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot.size = unwind_interrupted(slot.addresses);
  }
  way_out = nullptr;
}

/// Named like the rest of picket, so that its frame is left out where it is seen.
void answer(int /*signal*/, siginfo_t* /*info*/, void* /*context*/) {
  const int saved = errno;
  const pid_t self = own_thread();
  for (Bank& bank : banks) {
    for (Slot& slot : bank.slots) {
      std::uint32_t word = 0;
      if (!take(slot, self, word)) continue;
      walk_into(slot);
      slot.word.store(Slot::with(word, Phase::done), std::memory_order_release);
      bank.answers.fetch_add(1, std::memory_order_release);
      wake(bank.answers);
    }
  }
  errno = saved;
}

}  // namespace

void escape_from_answer() noexcept {
  if (way_out != nullptr) siglongjmp(*way_out, 1);
}

namespace {

bool has_our_handler(int signal) noexcept {
  struct sigaction now {};
  return signal != 0 && sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == answer;
}

bool is_free(int signal) noexcept {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
         now.sa_handler == SIG_DFL;
}

bool set_handler(int signal) noexcept {
  struct sigaction ours {};
  ours.sa_sigaction = answer;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&ours.sa_mask);  // nothing of the host runs in between, but for what a fault means
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    sigdelset(&ours.sa_mask, fault);
  }
  return sigaction(signal, &ours, nullptr) == 0;
}

/// The signal that threads are asked with; 0: none is to be had.
int working_signal() noexcept {
  const int present = the_signal.load();
  if (has_our_handler(present)) return present;
  for (int signal = SIGRTMAX; signal >= SIGRTMIN; --signal) {
    if (!is_free(signal) || !set_handler(signal)) continue;
    the_signal.store(signal);
    return signal;
  }
  return 0;
}

}  // namespace

/// The steps of one collection.
struct ThreadStacks::Collector {
  ThreadStacks& result;
  Bank& bank;
  base::Deadline deadline;
  std::array<Slot*, kMaxThreads> slots{};  // of each thread; null: not asked

  [[nodiscard]] bool is_late() const noexcept { return base::time_until(deadline).count() <= 0; }

  bool enter() noexcept {
    const pid_t self = getpid();
    for (;;) {
      pid_t holder = bank.holder.load(std::memory_order_relaxed);
      if (holder != self && bank.holder.compare_exchange_strong(holder, self)) {
        if (holder != 0) forget_parent();
        return true;
      }
      if (holder != self) continue;  // another one was first
      if (is_late()) return false;
      const timespec moment{.tv_sec = 0, .tv_nsec = 200'000};
      nanosleep(&moment, nullptr);
    }
  }

  /// In the child of a fork the writers of the parent's collection do not exist.
  void forget_parent() noexcept {
    for (Slot& slot : bank.slots) slot.word.store(0);
  }

  /// The threads there are, the caller among them whatever happens.
  void list(pid_t self) noexcept {
    const SmallFile folder(AT_FDCWD, "/proc/self/task");
    bool has_self = false;
    alignas(8) char room[4096];
    for (;;) {
      const long got = folder.descriptor() < 0
                           ? 0
                           : syscall(SYS_getdents64, folder.descriptor(), room, sizeof(room));
      if (got <= 0) break;
      for (long at = 0; at < got;) {
        // ino 8, off 8, length of the record 2, type 1, name
        std::uint16_t length = 0;
        std::memcpy(&length, room + at + 16, sizeof(length));
        const char* const name = room + at + 19;
        at += length;
        pid_t id = 0;
        std::from_chars(name, name + std::strlen(name), id);
        if (id > 0) add(id, self, has_self);
      }
    }
    if (!has_self) add_last(self);
  }

  void add(pid_t id, pid_t self, bool& has_self) noexcept {
    has_self = has_self || id == self;
    if (result.size_ < kMaxThreads) {
      begin(result.threads_[result.size_++], id);
    } else if (id == self) {
      begin(result.threads_.back(), id);
      ++result.left_out_;
    } else {
      ++result.left_out_;
    }
  }

  void add_last(pid_t id) noexcept {
    if (result.size_ < kMaxThreads) ++result.size_;
    begin(result.threads_[result.size_ - 1], id);
  }

  static void begin(ThreadStack& thread, pid_t id) noexcept {
    thread = ThreadStack{};
    thread.id = id;
    thread.is_main = id == getpid();
  }

  /// Describes each thread and asks those that can answer.
  void ask(pid_t self) noexcept {
    const int signal = working_signal();
    for (std::size_t i = 0; i < result.size_; ++i) {
      ThreadStack& thread = result.threads_[i];
      if (is_late() && thread.id != self) continue;
      const bool blocks = read_status(thread.id, signal, thread);
      if (thread.id == self) {
        thread.outcome = StackOutcome::caller;
      } else if (signal == 0 || blocks) {
        thread.outcome = StackOutcome::blocked;
      } else if (is_deaf(thread.state)) {
        thread.outcome = StackOutcome::asleep;
      } else {
        ask(i, signal);
      }
    }
  }

  void ask(std::size_t index, int signal) noexcept {
    Slot& slot = bank.slots[index];
    const std::uint32_t word = slot.word.load(std::memory_order_acquire);
    if (Slot::phase_of(word) == Phase::writing) return;  // of an earlier request: set aside
    ThreadStack& thread = result.threads_[index];
    slot.thread.store(thread.id, std::memory_order_relaxed);
    slot.word.store(Slot::with(word + 4, Phase::asked), std::memory_order_release);
    slots[index] = &slot;
    if (syscall(SYS_tgkill, getpid(), thread.id, signal) == 0) return;
    thread.outcome = StackOutcome::gone;
    withdraw(index);
  }

  void withdraw(std::size_t index) noexcept {
    Slot& slot = *slots[index];
    std::uint32_t word = slot.word.load(std::memory_order_acquire);
    if (Slot::phase_of(word) == Phase::asked) {
      slot.word.compare_exchange_strong(word, Slot::with(word, Phase::idle));
    }
  }

  [[nodiscard]] bool are_all_done() const noexcept {
    return std::all_of(slots.begin(), slots.end(), [](const Slot* slot) {
      if (slot == nullptr) return true;
      const Phase phase = Slot::phase_of(slot->word.load(std::memory_order_acquire));
      return phase == Phase::done || phase == Phase::idle;
    });
  }

  void wait() noexcept {
    for (;;) {
      const std::uint32_t seen = bank.answers.load(std::memory_order_acquire);
      if (are_all_done()) return;
      const auto left = base::time_until(deadline);
      if (left.count() <= 0) return;
      sleep_on(bank.answers, seen, left);
    }
  }

  void take_answers() noexcept {
    for (std::size_t i = 0; i < result.size_; ++i) {
      if (slots[i] == nullptr) continue;
      withdraw(i);
      const Slot& slot = *slots[i];
      if (Slot::phase_of(slot.word.load(std::memory_order_acquire)) != Phase::done) continue;
      result.threads_[i].addresses = {slot.addresses.data(), slot.size};
      if (slot.size > 0) result.threads_[i].outcome = StackOutcome::taken;
    }
  }
};

ThreadStacks::ThreadStacks(StacksOwner owner, unsigned max_milliseconds, std::int32_t only) noexcept
    : owner_(owner) {
  const int saved = errno;
  const pid_t self = own_thread();
  Collector collector{*this, banks[static_cast<std::size_t>(owner)],
                      base::deadline_in(std::chrono::milliseconds(max_milliseconds))};
  is_busy_ = !collector.enter();
  if (!is_busy_) {
    if (only == 0) {
      collector.list(self);
    } else {
      collector.add_last(only);
    }
    collector.ask(self);
    collector.wait();
    collector.take_answers();
  }
  errno = saved;
}

ThreadStacks::~ThreadStacks() {
  if (!is_busy_) banks[static_cast<std::size_t>(owner_)].holder.store(0);
}

bool prepare_thread_stacks() noexcept {
  prepare_unwind();
  return working_signal() != 0;
}

int thread_stacks_signal() noexcept { return the_signal.load(); }

}  // namespace picket::stacktrace
