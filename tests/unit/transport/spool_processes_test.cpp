// Several processes, or several clients of one, with one directory.

#include "spool_support.hpp"
#include "support/in_child.hpp"
#include "transport/spool.hpp"
#include "transport/spool_directory.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <map>
#include <random>

namespace picket::transport {
namespace {

TEST_SUITE("transport/spool") {
  TEST_CASE("what belongs to a spool that is open is taken over by no other") {
    SpoolWorld world;
    const auto first = world.open();
    const auto second = world.open();
    world.store(*first, 1);
    world.store(*second, 2);
    CHECK_FALSE(first->take_over(world.lost));
    CHECK_FALSE(second->take_over(world.lost));
    CHECK(world.drain(*first) == Numbers{1});
    CHECK(world.drain(*second) == Numbers{2});
  }

  TEST_CASE("two spools share what a third left behind, each segment goes to one of them") {
    SpoolWorld world;
    world.settings.max_items = 80;  // ten to a segment
    {
      const auto old = world.open();
      for (std::uint32_t n = 1; n <= 60; ++n) world.store(*old, n);
    }
    const auto left = world.open();
    const auto right = world.open();
    std::size_t found = 0;
    for (int i = 0; i < 3; ++i) found += left->take_over(world.lost)->envelopes;
    while (const auto segment = right->take_over(world.lost)) found += segment->envelopes;
    while (const auto segment = left->take_over(world.lost)) found += segment->envelopes;
    CHECK(found == 60);
    Numbers all = world.drain(*left);
    CHECK(all.size() == 30);
    for (const std::uint32_t number : world.drain(*right)) all.push_back(number);
    std::sort(all.begin(), all.end());
    CHECK(std::unique(all.begin(), all.end()) == all.end());
    CHECK(all.size() == 60);
  }

  TEST_CASE("what a process leaves behind later is found when one looks again") {
    SpoolWorld world;
    const auto spool = world.open();
    CHECK_FALSE(spool->take_over(world.lost));
    { world.store(*world.open(), 1); }
    CHECK(world.take_over(*spool) == 1);
    auto other = world.open();
    world.store(*other, 2);
    CHECK(world.take_over(*spool) == 0);
    other.reset();
    CHECK(world.take_over(*spool) == 1);
    CHECK(world.drain(*spool) == Numbers{1, 2});
  }

  TEST_CASE("a child of a fork keeps nothing of its parent's alive, and has a spool of its own") {
    SpoolWorld world;
    auto spool = world.open();
    world.store(*spool, 1);
    int to_child[2] = {};
    int to_parent[2] = {};
    REQUIRE(::pipe(to_child) == 0);
    REQUIRE(::pipe(to_parent) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // `spool` is left as it is: it belongs to the parent
      ::alarm(20);
      auto own = world.open();
      const bool alone = !own->take_over(world.lost) && world.store(*own, 2);
      char byte = alone ? 'y' : 'n';
      static_cast<void>(::write(to_parent[1], &byte, 1));
      static_cast<void>(::read(to_child[0], &byte, 1));
      ::_exit(0);
    }
    char byte = 0;
    CHECK(::read(to_parent[0], &byte, 1) == 1);
    CHECK(byte == 'y');
    CHECK(world.take_over(*world.open()) == 0);  // the child lives
    spool.reset();
    const auto next = world.open();
    CHECK(world.take_over(*next) == 1);  // although the child still lives
    CHECK(::write(to_child[1], &byte, 1) == 1);
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(world.take_over(*next) == 1);
    CHECK(world.drain(*next) == Numbers{1, 2});
    for (const int end : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) ::close(end);
  }

  TEST_CASE("a child that outlives its killed parent keeps nothing of it locked") {
    SpoolWorld world;
    int hold[2] = {};
    int ready[2] = {};
    REQUIRE(::pipe(hold) == 0);
    REQUIRE(::pipe(ready) == 0);
    const pid_t parent = ::fork();
    REQUIRE(parent >= 0);
    if (parent == 0) {
      ::alarm(20);
      const auto spool = world.open();
      world.store(*spool, 1);
      if (::fork() == 0) {  // lives until the test lets it go
        ::close(hold[1]);
        char byte = 0;
        static_cast<void>(::write(ready[1], &byte, 1));
        static_cast<void>(::read(hold[0], &byte, 1));
        ::_exit(0);
      }
      char byte = 0;
      static_cast<void>(::read(ready[0], &byte, 1));
      ::raise(SIGKILL);
    }
    int status = 0;
    CHECK(::waitpid(parent, &status, 0) == parent);
    CHECK(WIFSIGNALED(status));
    const auto next = world.open();
    CHECK(world.take_over(*next) == 1);
    CHECK(world.drain(*next) == Numbers{1});
    for (const int end : {hold[0], hold[1], ready[0], ready[1]}) ::close(end);
  }

  TEST_CASE("of two that want the same segment one gets it") {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    auto left = SpoolDirectory::open(world.settings.directory, world.settings.dsn).value();
    auto right = SpoolDirectory::open(world.settings.directory, world.settings.dsn).value();
    const auto seen = left.next_abandoned();
    REQUIRE(seen);
    CHECK(right.next_abandoned() == seen);
    const auto origin = left.parse(*seen);
    REQUIRE(origin);
    CHECK(right.adopt(*seen, right.own_name(*origin, 1)));
    CHECK_FALSE(left.adopt(*seen, left.own_name(*origin, 1)));
    CHECK_FALSE(left.next_abandoned());
  }

  TEST_CASE("processes that take over at the same time share without loss and without doubles") {
    constexpr std::size_t kProcesses = 4;
    SpoolWorld world;
    world.settings.max_items = 4000;
    world.settings.max_bytes = 200'000;
    {
      world.settings.max_items = 400;
      const auto old = world.open();
      for (std::uint32_t n = 1; n <= 300; ++n) world.store(*old, n);
      world.settings.max_items = 4000;
    }
    int pipe_ends[2] = {};
    REQUIRE(::pipe(pipe_ends) == 0);
    std::vector<pid_t> children;
    for (std::size_t i = 0; i < kProcesses; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ::alarm(20);
      const auto spool = world.open();
      while (spool->take_over(world.lost)) {
        for (const std::uint32_t number : world.drain(*spool)) {
          static_cast<void>(::write(pipe_ends[1], &number, sizeof number));
        }
      }
      ::_exit(world.lost.empty() ? 0 : 1);
    }
    ::close(pipe_ends[1]);
    std::vector<std::uint32_t> taken;
    std::uint32_t number = 0;
    while (::read(pipe_ends[0], &number, sizeof number) == sizeof number) taken.push_back(number);
    ::close(pipe_ends[0]);
    for (const pid_t child : children) {
      int status = -1;
      CHECK(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    std::sort(taken.begin(), taken.end());
    CHECK(std::unique(taken.begin(), taken.end()) == taken.end());
    CHECK(taken.size() == 300);
    CHECK(world.files().empty());
  }

  TEST_CASE("a lock that a killed process left is removed by the next") {
    SpoolWorld world;
    tests::in_child([&] {
      static std::unique_ptr<Spool> leaked;
      leaked = world.open();
      return world.files(".lock").size();  // `_exit` runs no destructor
    });
    CHECK(world.files(".lock").size() == 1);
    const auto spool = world.open();
    CHECK_FALSE(spool->take_over(world.lost));
    CHECK(world.files(".lock").size() == 1);  // its own
  }

  TEST_CASE("a directory with more names than are remembered is gone through to its end") {
    SpoolWorld world;
    world.settings.max_items = 8;  // one to a segment
    world.settings.max_bytes = 8U << 20U;
    std::filesystem::create_directory(world.settings.directory);
    const auto spool = world.open();
    const auto gone = SpoolDirectory::open(world.settings.directory, world.settings.dsn);
    REQUIRE(gone.has_value());
    for (std::uint32_t n = 0; n < 2500; ++n) {
      const std::string name = gone->own_name({Worth::lesser, 2500 - n}, n);
      write_file(world.settings.directory + "/" + name, "");
    }
    CHECK_FALSE(spool->take_over(world.lost));  // its owner lives
    std::filesystem::remove(world.files(".lock")[0]);
    std::filesystem::remove(world.files(".lock")[0]);
    std::size_t found = 0;
    while (spool->take_over(world.lost)) ++found;
    CHECK(found == 2500);
    CHECK(world.files().empty());
  }
}

}  // namespace
}  // namespace picket::transport
