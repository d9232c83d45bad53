#include "base/fork.hpp"

#include "base/deadline.hpp"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PICKET_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define PICKET_THREAD_SANITIZER
#endif
#ifdef PICKET_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace picket::base {
namespace fork_state {

constinit std::array<Lane, kPooled> pooled{};
constinit std::array<Lane, kStatic> fixed{};
constinit std::atomic<std::uint32_t> generation{0};
constinit std::atomic<unsigned> pending{0};

}  // namespace fork_state

namespace {

using fork_state::fixed;
using fork_state::kPooled;
using fork_state::kStatic;
using fork_state::pooled;

constexpr std::size_t kMaxDescriptors = 64;

/// Each one more than the descriptor, so that zero, the value from the start, means none.
constinit std::array<std::atomic<int>, kMaxDescriptors> descriptors{};

pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;  // read: a `NoFork`; written: a fork
thread_local constinit unsigned no_forks = 0;        // of this thread
constinit fork_state::Lane turnstile{};              // held by a fork while it gathers the locks

/// What the forking thread holds while it forks. Others that fork wait for the gate.
struct Held {
  bool gate = false;
  bool turnstile = false;
  std::array<bool, kPooled> pooled{};
  std::array<bool, kStatic> fixed{};
};
thread_local constinit Held held{};

/// Waits for locks without ever waiting for long: a fork in a signal handler may have interrupted
/// the very thread that holds one, and then the host must go on. The child of such a fork may
/// still exec. It waits in the lock's own line: who only tries from time to time may never meet the
/// moment in which a busy thread has let go.
class Patience {
 public:
#ifdef PICKET_THREAD_SANITIZER  // knows the functions of the wall clock alone
  bool take(std::mutex& mutex) noexcept {
    return pthread_mutex_timedlock(mutex.native_handle(), &end_) == 0;
  }
  bool take(pthread_rwlock_t& lock) noexcept {
    return pthread_rwlock_timedwrlock(&lock, &end_) == 0;
  }

 private:
  const timespec end_{time(nullptr) + 2, 0};  // whole seconds: one at least
#else
  bool take(std::mutex& mutex) noexcept {
    return pthread_mutex_clocklock(mutex.native_handle(), CLOCK_MONOTONIC, &end_) == 0;
  }
  bool take(pthread_rwlock_t& lock) noexcept {
    return pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &end_) == 0;
  }

 private:
  static timespec half_a_second_from_now() noexcept {
    const auto end = deadline_in(std::chrono::milliseconds(500)).time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(end);
    return {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(end - seconds).count()};
  }

  const timespec end_ = half_a_second_from_now();  // of the steady clock
#endif
};

void before_fork() noexcept {
  Patience patience;
  held.gate = no_forks == 0 && patience.take(gate);
  held.turnstile = patience.take(turnstile.mutex);
  fork_state::pending.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < kPooled; ++i) held.pooled[i] = patience.take(pooled[i].mutex);
  for (std::size_t i = 0; i < kStatic; ++i) held.fixed[i] = patience.take(fixed[i].mutex);
}

void release_mutexes() noexcept {
  for (std::size_t i = kStatic; i-- > 0;) {
    if (std::exchange(held.fixed[i], false)) fixed[i].mutex.unlock();
  }
  for (std::size_t i = kPooled; i-- > 0;) {
    if (std::exchange(held.pooled[i], false)) pooled[i].mutex.unlock();
  }
  if (std::exchange(held.turnstile, false)) turnstile.mutex.unlock();
}

void after_fork_in_parent() noexcept {
  fork_state::pending.fetch_sub(1, std::memory_order_relaxed);
  release_mutexes();
  if (std::exchange(held.gate, false)) pthread_rwlock_unlock(&gate);
}

/// Only a thread may unlock what it has locked, and a child's has another number than its parent's.
void renew_gate() noexcept {
#ifdef PICKET_THREAD_SANITIZER
  if (held.gate) {  // the sanitizer does not see the assignment
    __tsan_mutex_pre_unlock(&gate, 0);
    __tsan_mutex_post_unlock(&gate, 0);
  }
#endif
  held.gate = false;
  gate = PTHREAD_RWLOCK_INITIALIZER;  // whoever else was inside does not exist here
}

void after_fork_in_child() noexcept {
  fork_state::generation.fetch_add(1, std::memory_order_relaxed);
  for (std::atomic<int>& slot : descriptors) {
    const int descriptor = slot.exchange(0, std::memory_order_relaxed) - 1;
    if (descriptor >= 0) close(descriptor);
  }
  fork_state::pending.store(0, std::memory_order_relaxed);  // other threads' forks are not ours
  release_mutexes();
  renew_gate();
  if (no_forks > 0) pthread_rwlock_rdlock(&gate);
}

/// As early as can be: handlers that the host registers later run outside of ours, where they may
/// use picket.
[[gnu::constructor(101)]] void watch_forks() noexcept {
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/// The lane for the next object of this thread. Each thread begins somewhere else, and counts for
/// itself: one counter for all would be a line of the cache that all threads fight for.
std::size_t next_lane() noexcept {
  constexpr std::size_t kBegun = std::size_t{1} << 32U;
  static constinit std::atomic<std::size_t> threads{0};
  thread_local constinit std::size_t lane = 0;
  // Steps of 11 visit all lanes, with neighbours in time well apart.
  if (lane == 0) lane = kBegun + threads.fetch_add(11, std::memory_order_relaxed) % kPooled;
  return lane++ % kPooled;
}

}  // namespace

PooledMutex::PooledMutex() noexcept : mutex_(pooled[next_lane()].mutex) {}

NoFork::NoFork() noexcept {
  if (no_forks++ == 0) pthread_rwlock_rdlock(&gate);
}

NoFork::~NoFork() {
  if (--no_forks == 0) pthread_rwlock_unlock(&gate);
}

bool close_in_child(int descriptor) noexcept {
  return std::any_of(descriptors.begin(), descriptors.end(), [descriptor](std::atomic<int>& slot) {
    int expected = 0;
    return slot.compare_exchange_strong(expected, descriptor + 1, std::memory_order_relaxed);
  });
}

void fork_state::stand_back() noexcept { const std::lock_guard wait(turnstile.mutex); }

void forget(int descriptor) noexcept {
  for (std::atomic<int>& slot : descriptors) {
    int expected = descriptor + 1;
    if (slot.compare_exchange_strong(expected, 0, std::memory_order_relaxed)) return;
  }
}

}  // namespace picket::base
