#include "crash/once.hpp"

#include "support/in_child.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <latch>
#include <string>
#include <string_view>
#include <thread>

namespace picket::crash {
namespace {

using namespace std::chrono_literals;

/// Each case begins with a process in which nothing has failed.
struct Quiet {
  Quiet() { forget_failure(); }
  ~Quiet() { forget_failure(); }
};

Turn begin(Teller teller, std::chrono::milliseconds time = 10s) {
  return begin_telling(teller, base::deadline_in(time));
}

Turn begin_elsewhere(Teller teller) {
  Turn turn{};
  std::thread([&] { turn = begin(teller); }).join();
  return turn;
}

TEST_SUITE("crash/once") {
  TEST_CASE("what the terminate handler has told the signal handler does not tell again") {  // C178
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    end_telling(true);
    CHECK(begin(Teller::signal_handler) == Turn::told);
    CHECK(begin_elsewhere(Teller::signal_handler) == Turn::told);
    CHECK(begin_elsewhere(Teller::terminate_handler) == Turn::told);
  }

  TEST_CASE("what could not be told is the next one's turn, within the first one's time") {
    const Quiet quiet;
    const auto deadline = base::deadline_in(1h);
    REQUIRE(begin_telling(Teller::terminate_handler, deadline) == Turn::tell);
    end_telling(false);
    CHECK(begin(Teller::signal_handler, 2h) == Turn::tell);
    CHECK(telling_deadline() == deadline);
    end_telling(true);
    CHECK(begin(Teller::signal_handler) == Turn::told);
  }

  TEST_CASE("a second thread waits for the first, and no longer than that one has time") {
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    std::latch is_busy{1};
    Turn before{};
    Turn after{};
    std::thread other([&] {
      before = begin(Teller::terminate_handler);
      is_busy.count_down();
      wait_for_teller();
      after = begin(Teller::terminate_handler);
    });
    is_busy.wait();
    end_telling(true);
    other.join();
    CHECK(before == Turn::busy);
    CHECK(after == Turn::told);

    forget_failure();
    REQUIRE(begin(Teller::signal_handler, 1ms) == Turn::tell);
    std::thread([] { wait_for_teller(); }).join();
    CHECK(begin_elsewhere(Teller::signal_handler) == Turn::busy);
  }

  TEST_CASE("a signal takes over from a terminate handler that fails; what fails twice ends") {
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    CHECK(begin(Teller::terminate_handler) == Turn::nested);
    CHECK(begin(Teller::signal_handler) == Turn::tell);
    CHECK(begin(Teller::signal_handler) == Turn::nested);
    CHECK(begin(Teller::terminate_handler) == Turn::nested);
  }

  TEST_CASE("a terminate handler that does not come back loses its turn, and says no more") {
    const Quiet quiet;
    CHECK_FALSE(expire_telling());
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    CHECK(expire_telling());
    CHECK_FALSE(expire_telling());
    end_telling(true);
    CHECK(begin(Teller::signal_handler) == Turn::tell);
    CHECK_FALSE(expire_telling());
  }

  TEST_CASE("a turn is ended by its own thread alone") {
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    std::thread([] { end_telling(true); }).join();
    CHECK(begin_elsewhere(Teller::signal_handler) == Turn::busy);
  }

  TEST_CASE("in the child of a fork nothing has failed yet") {  // C179
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    publish_story();
    const auto seen = tests::in_child([] {
      const bool no_story = untold_story() == nullptr;
      const bool mine = begin(Teller::terminate_handler) == Turn::tell;
      end_telling(true);
      return no_story && mine && begin(Teller::signal_handler) == Turn::told;
    });
    CHECK(seen);
    CHECK(begin_elsewhere(Teller::signal_handler) == Turn::busy);
  }

  TEST_CASE("a failure that was repaired is forgotten: the next one is told") {
    const Quiet quiet;
    REQUIRE(begin(Teller::signal_handler) == Turn::tell);
    end_telling(true);
    forget_failure();
    CHECK(begin(Teller::signal_handler) == Turn::tell);
  }

  TEST_CASE("a story is there from its publication until the next failure; its texts are cut") {
    const Quiet quiet;
    REQUIRE(begin(Teller::terminate_handler) == Turn::tell);
    CHECK(untold_story() == nullptr);
    set_text(story_to_note().type, "std::runtime_error");
    set_text(story_to_note().value, std::string(1022, 'x') + "\xC3\xA4");
    publish_story();
    REQUIRE(untold_story() != nullptr);
    CHECK(std::string_view(untold_story()->type.data()) == "std::runtime_error");
    CHECK(std::string_view(untold_story()->value.data()) == std::string(1022, 'x'));

    forget_failure();
    REQUIRE(begin(Teller::signal_handler) == Turn::tell);
    CHECK(untold_story() == nullptr);
  }
}

}  // namespace
}  // namespace picket::crash
