// Signals, as a process as a whole sees them; see `signals_program.cpp`.

#include "picket/signals.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/forked_threads.hpp"
#include "support/program.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket {
namespace {

using tests::ProgramEnd;

ProgramEnd run_way(const char* way) { return tests::run_program({PICKET_SIGNALS_PROGRAM, way}); }

bool has(const ProgramEnd& end, const char* text) {
  return end.output.find(text) != std::string::npos;
}

TEST_SUITE("service/signals") {
  TEST_CASE("a signal from outside is told, the host's callback ends the program") {  // T20
    const ProgramEnd end = run_way("then");
    CAPTURE(end.output);
    CHECK(end.code == 130);
    CHECK(has(end, R"("formatted":"signal received")"));
    CHECK(has(end, R"("level":"info")"));
    CHECK(has(end, R"("signal.received":"SIGTERM")"));
    CHECK(has(end, R"("shutdown.reason":"signal")"));
    CHECK(has(end, R"("signal":{"number":15,"name":"SIGTERM","shutdown_type":"terminate",)"
                   R"("is_error":false)"));
    CHECK(end.lines("told") == std::vector<std::string>{"15"});
    CHECK(end.lines("earlier") == std::vector<std::string>{"1"});
    CHECK(end.lines("thread") == std::vector<std::string>{"picket-signals"});
  }

  TEST_CASE("without a callback the message leaves, then the signal has its effect") {  // T20
    const ProgramEnd end = run_way("usual");
    CAPTURE(end.output);
    CHECK(end.code == -1);
    CHECK(has(end, R"("signal.received":"SIGINT")"));
  }

  TEST_CASE("while off the callback is called all the same") {  // §15.1
    const ProgramEnd end = run_way("off");
    CHECK(end.code == 3);
    CHECK(end.lines("told") == std::vector<std::string>{"15"});
  }

  TEST_CASE("the child of a fork is not watched, and signals still end it") {
    const ProgramEnd end = run_way("fork");
    CAPTURE(end.output);
    CHECK(end.code == 0);
    if (tests::kForkedThreadsWork) {  // that sanitizer keeps a signal back for a while, too
      CHECK(end.lines("child") == std::vector<std::string>{"signal 15"});
      CHECK(end.lines("anew") == std::vector<std::string>{"code 7"});
    }
    CHECK(end.lines("ended") == std::vector<std::string>{"signal 15"});
    CHECK(end.lines("parent") == std::vector<std::string>{"0"});
    CHECK(run_way("handled-fork").lines("child") == std::vector<std::string>{"code 9"});
  }

  TEST_CASE("the end of a watch leaves handlers and descriptors as they were") {
    const ProgramEnd end = run_way("ends");
    CAPTURE(end.output);
    CHECK(end.code == 0);
    CHECK(end.lines("leaked") == std::vector<std::string>{"0"});
    CHECK(end.lines("earlier") == std::vector<std::string>{"50 51"});
    CHECK(end.lines("restored") == std::vector<std::string>{"1"});
  }

  TEST_CASE("a handler that was set above ours keeps its place") {
    const ProgramEnd end = run_way("stacked");
    CHECK(end.code == 0);
    CHECK(end.lines("above") == std::vector<std::string>{"3 earlier 3"});
  }

  TEST_CASE("a watch may end inside its own callback") { CHECK(run_way("inside").code == 0); }

  TEST_CASE("a storm of signals blocks nobody and hides no other signal") {
    const ProgramEnd end = run_way("storm");
    CHECK(end.code == 0);
    CHECK(end.lines("sent").size() <= 4);
    CHECK(has(end, R"("signal.received":"SIGINT")"));
  }

  TEST_CASE("a flush in the background tells when it is done") {  // T20
    using namespace std::chrono_literals;
    {
      REQUIRE_FALSE(is_initialized());
      std::future<bool> off = flush_async();
      REQUIRE(off.valid());
      CHECK(off.wait_for(0s) == std::future_status::ready);
      CHECK(off.get());
    }
    const testing::ScopedClient client;
    capture_message("one");
    CHECK(flush_async().get());
    CHECK(client.transport().calls() == 1);

    client.transport().hold();
    capture_message("two");
    CHECK_FALSE(flush_async(1ms).get());
    std::vector<std::future<bool>> many;
    for (int i = 0; i < 9; ++i) many.push_back(flush_async(20s));
    CHECK(many.back().wait_for(0s) == std::future_status::ready);
    CHECK_FALSE(many.back().get());
    many.pop_back();
    client.transport().release();
    for (std::future<bool>& each : many) CHECK(each.get());
  }
}

}  // namespace
}  // namespace picket
