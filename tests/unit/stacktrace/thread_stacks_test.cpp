#include "stacktrace/thread_stacks.hpp"

#include "stacktrace/symbolizer.hpp"
#include "support/thread_signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

// Outside of picket's namespace, whose frames are left out.
namespace shop {

std::mutex till;

[[gnu::noinline]] void wait_for_the_till() {
  const std::lock_guard lock(till);
  asm volatile("");
}

[[gnu::noinline]] void count_for_ever(const std::atomic<bool>& stop, std::atomic<long>& counter) {
  while (!stop) counter.fetch_add(1, std::memory_order_relaxed);
  asm volatile("");
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define PICKET_TEST_HAS_LIES
// As hand-written assembly may: it says that its caller's frame lies where no memory is.
[[gnu::noinline]] void run_with_lies(const std::atomic<bool>& stop) {
  asm volatile(
      ".cfi_remember_state\n"
      ".cfi_def_cfa %%rsp, 0x10000000\n"
      "1: pause\n"
      "cmpb $0, (%[stop])\n"
      "je 1b\n"
      ".cfi_restore_state\n"
      :
      : [stop] "r"(&stop)
      : "memory", "cc");
}
#endif

}  // namespace shop

namespace picket::stacktrace {
namespace {

constexpr unsigned kPatience = 10'000;  // milliseconds; what is asked here answers at once

const ThreadStack* find(const ThreadStacks& stacks, std::string_view name) {
  const auto all = stacks.threads();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const ThreadStack& thread) { return thread.name() == name; });
  return it == all.end() ? nullptr : &*it;
}

bool stands_on(const ThreadStack& thread, std::string_view function) {
  Symbolizer symbolizer;
  const Stacktrace stacktrace = symbolizer.name(thread.addresses);
  return std::any_of(stacktrace.frames.begin(), stacktrace.frames.end(),
                     [&](const Frame& frame) { return frame.function == function; });
}

/// A named thread that does `work`; joined at the end.
class Named {
 public:
  template <class Work>
  Named(const char* name, Work work)
      : thread_([name, work, this] {
          pthread_setname_np(pthread_self(), name);
          begun_.count_down();
          work();
        }) {
    begun_.wait();
  }
  ~Named() { thread_.join(); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;

 private:
  std::latch begun_{1};
  std::thread thread_;
};

/// Repeats until `thread` is seen on `function`: it may not have got there yet.
bool is_seen_on(std::string_view thread, std::string_view function) {
  for (int i = 0; i < 2000; ++i) {
    const ThreadStacks stacks(StacksOwner::host, kPatience);
    const ThreadStack* const found = find(stacks, thread);
    if (found != nullptr && stands_on(*found, function)) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_SUITE("stacktrace/thread_stacks" * doctest::skip(!tests::kThreadsTellStacks)) {
  TEST_CASE("a thread that waits for a lock and one that runs both tell where they are") {  // P3.10
    REQUIRE(prepare_thread_stacks());
    std::atomic<bool> stop{false};
    std::atomic<long> counter{0};
    {
      std::unique_lock hold(shop::till);
      const Named waiter("waiter", [] { shop::wait_for_the_till(); });
      const Named runner("runner", [&] { shop::count_for_ever(stop, counter); });
      CHECK(is_seen_on("waiter", "shop::wait_for_the_till"));
      CHECK(is_seen_on("runner", "shop::count_for_ever"));
      stop = true;
      hold.unlock();
    }
  }

  TEST_CASE("the caller and the main thread are told as such, the main thread first") {
    REQUIRE(prepare_thread_stacks());
    const ThreadStacks stacks(StacksOwner::host, kPatience);
    REQUIRE(!stacks.threads().empty());
    const ThreadStack& first = stacks.threads().front();
    CHECK(first.id == getpid());
    CHECK(first.is_main);
    CHECK(first.outcome == StackOutcome::caller);
    CHECK(first.addresses.empty());
    CHECK(first.state == 'R');
    CHECK(!first.name().empty());
  }

  TEST_CASE("a thread that blocks the signal is told by name and state, and is not waited for") {
    REQUIRE(prepare_thread_stacks());
    std::latch end{1};
    std::latch blocked{1};
    {
      const Named deaf("deaf \\ one", [&] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        blocked.count_down();
        end.wait();
      });
      blocked.wait();
      const ThreadStacks stacks(StacksOwner::host, kPatience);
      const ThreadStack* const found = find(stacks, "deaf \\ one");
      REQUIRE(found != nullptr);
      CHECK(found->outcome == StackOutcome::blocked);
      CHECK(found->addresses.empty());
      CHECK((found->state == 'S' || found->state == 'R'));
      end.count_down();
    }
  }

  TEST_CASE("two owners do not wait for each other; a second one of the same kind gives up") {
    REQUIRE(prepare_thread_stacks());
    const ThreadStacks host(StacksOwner::host, kPatience);
    const ThreadStacks crash(StacksOwner::crash, kPatience);
    CHECK(!crash.is_busy());
    CHECK(crash.threads().size() == host.threads().size());
    const ThreadStacks second(StacksOwner::host, 5);
    CHECK(second.is_busy());
    CHECK(second.threads().empty());
  }

  TEST_CASE("a read goes on, and errno stays as it was") {
    REQUIRE(prepare_thread_stacks());
    int ends[2] = {-1, -1};
    REQUIRE(pipe(ends) == 0);
    ssize_t got = -1;
    {
      const Named reader("reader", [&] {
        char byte = 0;
        got = ::read(ends[0], &byte, 1);
      });
      for (int i = 0; i < 50; ++i) {
        const ThreadStacks stacks(StacksOwner::host, kPatience);
      }
      REQUIRE(write(ends[1], "x", 1) == 1);
    }
    CHECK(got == 1);
    close(ends[0]);
    close(ends[1]);
    errno = EDOM;
    {
      const ThreadStacks gone(StacksOwner::host, kPatience, 2'000'000'000);  // no such thread
      CHECK(errno == EDOM);
      REQUIRE(gone.threads().size() == 1);
      CHECK(gone.threads().front().outcome == StackOutcome::gone);
    }
  }

  TEST_CASE("of calls that wait, those end with EINTR that the headers name, and no others") {
    REQUIRE(prepare_thread_stacks());
    int ends[2] = {-1, -1};
    REQUIRE(pipe(ends) == 0);
    struct Row {
      const char* name;
      bool goes_on;
      std::function<int()> wait;  // until a byte comes, or a signal
    };
    const Row rows[] = {
        {"read", true,
         [&] {
           char byte = 0;
           return static_cast<int>(::read(ends[0], &byte, 1));
         }},
        {"poll", false,
         [&] {
           pollfd one{.fd = ends[0], .events = POLLIN, .revents = 0};
           return ::poll(&one, 1, 20'000);
         }},
        {"nanosleep", false,
         [&] {
           const timespec long_time{.tv_sec = 20, .tv_nsec = 0};
           return ::nanosleep(&long_time, nullptr);
         }},
        {"sleep_for", true,
         [&] {
           std::this_thread::sleep_for(std::chrono::milliseconds(50));
           return 1;
         }},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      int result = 0;
      int error = 0;
      std::atomic<bool> is_over{false};
      {
        const Named waiter(row.name, [&] {
          result = row.wait();
          error = errno;
          is_over = true;
        });
        // Until one of the signals has found it in the call; what goes on is ended in the end.
        for (int i = 0; i < 10'000 && !is_over && (!row.goes_on || i < 50); ++i) {
          const ThreadStacks stacks(StacksOwner::host, kPatience);
        }
        REQUIRE(write(ends[1], "x", 1) == 1);
      }
      CHECK(result == (row.goes_on ? 1 : -1));
      if (!row.goes_on) CHECK(error == EINTR);
      char byte = 0;
      if (std::string(row.name) != "read") REQUIRE(::read(ends[0], &byte, 1) == 1);
    }
    close(ends[0]);
    close(ends[1]);
  }

  TEST_CASE("a host that takes the signal for itself keeps it, and another one is found") {
    REQUIRE(prepare_thread_stacks());
    const int former = thread_stacks_signal();
    struct sigaction theirs {};
    theirs.sa_handler = SIG_IGN;
    REQUIRE(sigaction(former, &theirs, nullptr) == 0);
    std::atomic<bool> stop{false};
    std::atomic<long> counter{0};
    {
      const Named runner("runner", [&] { shop::count_for_ever(stop, counter); });
      CHECK(is_seen_on("runner", "shop::count_for_ever"));
      stop = true;
    }
    CHECK(thread_stacks_signal() != former);
    struct sigaction now {};
    REQUIRE(sigaction(former, nullptr, &now) == 0);
    CHECK((now.sa_handler == SIG_IGN));
  }

#ifdef PICKET_TEST_HAS_LIES
  TEST_CASE("a thread whose unwind tables tell lies has no stack, and goes on") {
    REQUIRE(prepare_thread_stacks());
    struct sigaction former {};
    struct sigaction escape {};
    escape.sa_handler = [](int) {
      escape_from_answer();
      std::abort();
    };
    escape.sa_flags = SA_ONSTACK;
    REQUIRE(sigaction(SIGSEGV, &escape, &former) == 0);
    std::atomic<bool> stop{false};
    {
      const Named liar("liar", [&] { shop::run_with_lies(stop); });
      std::size_t answers = 0;
      for (int i = 0; i < 50; ++i) {
        const ThreadStacks stacks(StacksOwner::host, kPatience);
        const ThreadStack* const found = find(stacks, "liar");
        REQUIRE(found != nullptr);
        answers += found->addresses.empty() ? 1 : 0;
        std::this_thread::yield();
      }
      CHECK(answers > 0);
      stop = true;
    }
    sigaction(SIGSEGV, &former, nullptr);
  }
#endif

  TEST_CASE("more threads than there is room for are counted, and the caller is never left out") {
    REQUIRE(prepare_thread_stacks());
    std::latch end{1};
    {
      std::vector<std::unique_ptr<Named>> many;
      for (std::size_t i = 0; i < kMaxThreads + 6; ++i) {
        many.push_back(std::make_unique<Named>("many", [&] { end.wait(); }));
      }
      bool has_self = false;
      std::size_t left_out = 0;
      std::size_t taken = 0;
      std::thread([&] {
        const ThreadStacks stacks(StacksOwner::host, kPatience);
        left_out = stacks.left_out();
        for (const ThreadStack& thread : stacks.threads()) {
          has_self = has_self || thread.outcome == StackOutcome::caller;
          taken += thread.outcome == StackOutcome::taken ? 1 : 0;
        }
      }).join();
      CHECK(has_self);
      CHECK(left_out >= 8);
      CHECK(taken >= kMaxThreads - 4);
      end.count_down();
    }
  }

  TEST_CASE("collections from all sides, with threads that come and go, find whole stacks") {
    REQUIRE(prepare_thread_stacks());
    std::atomic<bool> stop{false};
    std::atomic<long> counter{0};
    {
      const Named runner("runner", [&] { shop::count_for_ever(stop, counter); });
      const Named comer("comer", [&] {
        while (!stop) std::thread([] {}).join();
      });
      const auto collect = [](StacksOwner owner) {
        for (int i = 0; i < 100; ++i) {
          // Hardly any time: many answers are late.
          const ThreadStacks stacks(owner, i % 3 == 0 ? 0 : 1);
          for (const ThreadStack& thread : stacks.threads()) {
            for (const std::uintptr_t address : thread.addresses) CHECK(address != 0);
          }
        }
      };
      const Named host("host", [&] { collect(StacksOwner::host); });
      const Named crash("crash", [&] { collect(StacksOwner::crash); });
      collect(StacksOwner::host);
      stop = true;
    }
    std::atomic<bool> stop_again{false};
    const Named runner("runner", [&] { shop::count_for_ever(stop_again, counter); });
    CHECK(is_seen_on("runner", "shop::count_for_ever"));
    stop_again = true;
  }
}

}  // namespace
}  // namespace picket::stacktrace
