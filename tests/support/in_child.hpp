#pragma once

// Runs something in a forked child and brings back what it yields.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace picket::tests {

/// What `make` yields in a forked child, which leaves at once without running our exit handlers;
/// one that hangs is ended by its alarm, which fails the test.
template <class Make>
auto in_child(Make make) {
  constexpr unsigned kSeconds = 20;
  decltype(make()) result{};
  int pipe_ends[2] = {};
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(kSeconds);
    const auto made = make();
    _exit(write(pipe_ends[1], &made, sizeof made) == sizeof made ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  CHECK(read(pipe_ends[0], &result, sizeof result) == sizeof result);
  ::close(pipe_ends[0]);
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  return result;
}

}  // namespace picket::tests
