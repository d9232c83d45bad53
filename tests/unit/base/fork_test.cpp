#include "base/fork.hpp"

#include "support/in_child.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace picket::base {
namespace {

constexpr int kForks = 50;

/// A thread that is almost always inside `step`, until the end of this object.
template <class Step>
class Busy {
 public:
  explicit Busy(Step step)
      : thread_([this, step] {
          step();
          started_.count_down();
          while (!done_.load()) step();
        }) {
    started_.wait();
  }
  ~Busy() {
    done_.store(true);
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::latch started_{1};
  std::thread thread_;
};

/// Two numbers that are the same whenever nobody is changing them.
struct Twins {
  std::atomic<int> first{0};
  std::atomic<int> second{0};

  void change() noexcept {
    ++first;
    for (int i = 0; i < 500; ++i) ++between;
    ++second;
  }
  [[nodiscard]] bool are_equal() const noexcept { return first == second; }

 private:
  std::atomic<int> between{0};  // takes time
};

bool is_open(int descriptor) noexcept { return fcntl(descriptor, F_GETFD) >= 0; }

/// Forks while another thread changes twins under `mutex`; true if each child found them whole and
/// the lock free.
template <class Mutex>
bool children_find_order(Mutex& mutex) {
  Twins twins;
  const Busy busy([&] {
    const std::lock_guard lock(mutex);
    twins.change();
  });
  bool good = true;
  for (int i = 0; i < kForks && good; ++i) {
    good = tests::in_child([&] {
      const std::lock_guard lock(mutex);
      return twins.are_equal();
    });
  }
  return good;
}

TEST_SUITE("base/fork") {
  TEST_CASE("a child knows that it is one, and so does its own child") {
    const std::uint32_t here = fork_generation();
    CHECK(tests::in_child([] { return fork_generation(); }) == here + 1);
    CHECK(tests::in_child([] { return tests::in_child([] { return fork_generation(); }); }) ==
          here + 2);
    CHECK(fork_generation() == here);
  }

  TEST_CASE("a lock that another thread holds is free in a child, and what it guards is whole") {
    PooledMutex pooled;
    CHECK(children_find_order(pooled));
    StaticMutex<StaticLock::reported_tags> fixed;
    CHECK(children_find_order(fixed));
  }

  TEST_CASE("a fork waits for the step that another thread does not want to be torn apart") {
    Twins twins;
    const Busy busy([&] {
      const NoFork no_fork;
      const NoFork nested;
      twins.change();
    });
    bool good = true;
    for (int i = 0; i < kForks && good; ++i) {
      good = tests::in_child([&] { return twins.are_equal(); });
    }
    CHECK(good);
  }

  TEST_CASE("a thread that forks inside its own lock or step does not wait for itself for ever") {
    {
      const NoFork no_fork;
      CHECK(tests::in_child([] {
        const NoFork nested;
        return true;
      }));
    }
    PooledMutex mutex;
    const std::lock_guard lock(mutex);
    CHECK(tests::in_child([] { return true; }));
  }

  TEST_CASE("objects made one after the other have locks of their own, in each thread") {
    const auto is_shared = [](PooledMutex& left, PooledMutex& right) {
      const std::lock_guard lock(left);
      bool taken = false;  // asked by another thread: the same one must not try its own lock
      std::thread([&] {
        taken = !right.try_lock();
        if (!taken) right.unlock();
      }).join();
      return taken;
    };
    std::vector<PooledMutex> made(8);
    for (std::size_t i = 1; i < made.size(); ++i) CHECK_FALSE(is_shared(made[0], made[i]));
    CHECK(is_shared(made[0], made[0]));
  }

  TEST_CASE("a descriptor is closed in a child alone, and no more once it is forgotten") {
    int ends[2] = {};
    REQUIRE(pipe(ends) == 0);
    REQUIRE(close_in_child(ends[0]));
    REQUIRE(close_in_child(ends[1]));
    CHECK_FALSE(tests::in_child([&] { return is_open(ends[0]) || is_open(ends[1]); }));
    CHECK(is_open(ends[0]));
    forget(ends[0]);
    forget(ends[0]);
    CHECK(tests::in_child([&] { return is_open(ends[0]) && !is_open(ends[1]); }));
    // A child has nothing to close for its own children.
    CHECK(tests::in_child([&] {
      const int again = dup(ends[0]);
      return again == ends[1] && tests::in_child([&] { return is_open(again); });
    }));
    forget(ends[1]);
    close(ends[0]);
    close(ends[1]);
  }

  TEST_CASE("the room for descriptors has an end") {
    int taken = 0;
    while (taken < 1000 && close_in_child(10'000 + taken)) ++taken;
    CHECK(taken == 64);
    for (int i = 0; i < taken; ++i) forget(10'000 + i);
    CHECK(close_in_child(10'000));
    forget(10'000);
  }
}

}  // namespace
}  // namespace picket::base
