#pragma once

// What keeps picket whole in the child of a `fork()`, where only the forking thread goes on and
// every other one is gone in the middle of whatever it did.
//
// A fork first waits until no thread is inside a lock that a child may need (`PooledMutex`,
// `StaticMutex`) or inside a `NoFork`, so that the child finds data that are whole and locks that
// are free. Then the child closes the descriptors that belong to its parent alone. Threads, queues
// and connections are not carried over: whoever owns such a thing remembers `fork_generation()` and
// starts afresh when it has changed. `_Fork` and a bare `clone` call no handlers and are not seen.
//
// Order, from the outside in: `NoFork`, a pooled or static mutex. Of the mutexes a thread holds one
// at a time: two objects may share one.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace picket::base {

namespace fork_state {

/// A line of the cache for each, so that threads with different locks do not disturb each other.
struct alignas(64) Lane {
  std::mutex mutex{};
};

inline constexpr std::size_t kPooled = 32;  // a thread sanitizer bears 64 locks held at a time
inline constexpr std::size_t kStatic = 4;

extern std::array<Lane, kPooled> pooled;
extern std::array<Lane, kStatic> fixed;
extern std::atomic<std::uint32_t> generation;
extern std::atomic<unsigned> pending;  // forks that gather the locks now

/// Waits until no fork gathers the locks any more.
void stand_back() noexcept;

/// A thread that takes a lock again as soon as it has let go of it could keep a fork away from it
/// for ever: mutexes are not fair. So whoever comes to one while a fork gathers them waits.
inline void give_way() noexcept {
  if (pending.load(std::memory_order_relaxed) != 0) [[unlikely]]
    stand_back();
}

}  // namespace fork_state

/// How often this process has been forked from an ancestor that used picket.
/// Threads: any; one relaxed load.
inline std::uint32_t fork_generation() noexcept {
  return fork_state::generation.load(std::memory_order_relaxed);
}

/// A lock for objects that come and go, free in a child. It is one of a fixed number that objects
/// share; those made one after the other by one thread, and by different threads, get different
/// ones as far as there are.
class PooledMutex {
 public:
  PooledMutex() noexcept;
  PooledMutex(const PooledMutex&) = delete;
  PooledMutex& operator=(const PooledMutex&) = delete;

  void lock() {
    fork_state::give_way();
    mutex_.lock();
  }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex& mutex_;
};

/// The locks of static objects, each of its own.
enum class StaticLock : unsigned char { binding, breadcrumb_clock, reported_tags, voice };

/// The lock of a static object, free in a child.
template <StaticLock Which>
class StaticMutex {
 public:
  void lock() {
    fork_state::give_way();
    mine().lock();
  }
  void unlock() { mine().unlock(); }

 private:
  static std::mutex& mine() noexcept {
    static_assert(static_cast<std::size_t>(Which) < fork_state::kStatic);
    return fork_state::fixed[static_cast<std::size_t>(Which)].mutex;
  }
};

/// While one exists a fork by another thread waits (for half a second at most). For steps that are
/// short, do not wait, and leave something half done: opening or closing a descriptor that a child
/// must not keep, calling what has locks of its own that nobody frees in a child. Threads: any; may
/// be nested.
class [[nodiscard]] NoFork {
 public:
  NoFork() noexcept;
  ~NoFork();
  NoFork(const NoFork&) = delete;
  NoFork& operator=(const NoFork&) = delete;
};

/// Has `descriptor` closed in every child, by `close` alone. Call it right after opening, and
/// `forget` right before closing, each inside one `NoFork` with that step: otherwise a child may
/// keep the descriptor, or close another one of the same number.
/// Errors:  false when the room for 64 of them is used up; a child then keeps it.
/// Threads: any; lock-free.
bool close_in_child(int descriptor) noexcept;
void forget(int descriptor) noexcept;  // an unknown one does nothing

}  // namespace picket::base
