#include "transport/inherited_sockets.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace picket::transport {
namespace {

struct Pair {
  explicit Pair(int type = SOCK_STREAM) { REQUIRE(socketpair(AF_UNIX, type, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  void send() const { CHECK(write(ends[1], "x", 1) == 1); }
  [[nodiscard]] bool is_marked() const {
    const bool first = (fcntl(ends[0], F_GETFD) & FD_CLOEXEC) != 0;
    CHECK(first == ((fcntl(ends[1], F_GETFD) & FD_CLOEXEC) != 0));
    return first;
  }

  std::array<int, 2> ends{};
};

TEST_SUITE("transport/inherited_sockets") {
  TEST_CASE("of several pairs the one that wakes is marked, whoever made the others") {
    const Pair older;
    const InheritedSockets inherited;
    const Pair other;
    const Pair busy;
    busy.send();
    const Pair datagrams(SOCK_DGRAM);
    const Pair meant;
    inherited.mark_pair_of([&] { meant.send(); });
    CHECK(meant.is_marked());
    CHECK_FALSE(older.is_marked());
    CHECK_FALSE(other.is_marked());
    CHECK_FALSE(busy.is_marked());
    CHECK_FALSE(datagrams.is_marked());
  }

  TEST_CASE("where it is not certain which pair is meant, none is marked") {
    const Pair older;
    const InheritedSockets inherited;
    inherited.mark_pair_of([&] { older.send(); });
    CHECK_FALSE(older.is_marked());
    const Pair one;
    const Pair two;
    inherited.mark_pair_of([] {});
    inherited.mark_pair_of([&] {
      one.send();
      two.send();
    });
    CHECK_FALSE(one.is_marked());
    CHECK_FALSE(two.is_marked());
  }
}

}  // namespace
}  // namespace picket::transport
