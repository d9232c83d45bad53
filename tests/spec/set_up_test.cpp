// What a process gets from its environment, told of programs that are started with one.

#include "ingest/server.hpp"
#include "picket/picket.hpp"
#include "picket/testing/memory_transport.hpp"
#include "support/program.hpp"
#include "support/scoped_env.hpp"
#include "support/silent_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using ingest::IngestServer;
using tests::ProgramEnd;
using tests::ScopedEnv;

/// A child's variables; what is not named here is not set there.
struct Variables {
  std::string dsn{};
  std::string environment{};
  std::string release{};
};

ProgramEnd start(std::string program, const Variables& variables,
                 const std::vector<std::string>& arguments) {
  const ScopedEnv dsn("SENTRY_DSN", variables.dsn.c_str());
  const ScopedEnv environment("SENTRY_ENVIRONMENT", variables.environment.c_str());
  const ScopedEnv release("SENTRY_RELEASE", variables.release.c_str());
  std::vector<std::string> command{std::move(program)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return tests::run_program(std::move(command));
}

/// Such a child's event and transaction say the same.
void check_both(const IngestServer& server, const char* member, const Value& expected) {
  REQUIRE(server.received().events().size() == 1);
  REQUIRE(server.received().transactions().size() == 1);
  CHECK(server.received().events()[0].at(member) == expected);
  CHECK(server.received().transactions()[0].at(member) == expected);
}

TEST_SUITE("spec/set_up") {
  TEST_CASE("the variable alone turns picket on, and its parts address the server") {  // S3.1, S2.2
    const auto server = IngestServer::start({}).value();
    const ProgramEnd end = start(PICKET_SET_UP_PROGRAM, {.dsn = server->dsn()}, {});
    CHECK(end.code == 0);
    CHECK(end.lines("status") == std::vector{std::to_string(static_cast<int>(InitStatus::active))});
    CHECK(server->received().complaints() == "");
    REQUIRE_FALSE(server->received().accepted().empty());
    const auto envelope = server->received().accepted().front();
    CHECK(envelope->target.starts_with("/api/42/envelope/"));
    const auto auth = ingest::find_header(envelope->request_headers, "X-Sentry-Auth");
    CAPTURE(auth);
    CHECK(auth.find("sentry_key=deadbeefdeadbeefdeadbeefdeadbeef") != std::string::npos);
  }

  TEST_CASE("without the variable a program is off and ends as if nothing were") {  // S3.5
    const ProgramEnd end = start(PICKET_SET_UP_PROGRAM, {}, {});
    CHECK(end.code == 0);
    CHECK(end.lines("status") == std::vector{std::to_string(static_cast<int>(InitStatus::no_dsn))});
  }

  TEST_CASE("the environment: option, variable, the host's debug mode, production") {  // S3.2, S3.4
    struct Row {
      std::string name;
      const char* variable;
      std::vector<std::string> arguments;
      const char* expected;
    };
    const std::vector<Row> rows{
        {"option", "staging", {"environment=test", "debug-mode"}, "test"},
        {"variable", "staging", {"debug-mode"}, "staging"},
        {"debug mode", "", {"debug-mode"}, "development"},
        {"nothing", "", {}, "production"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const auto server = IngestServer::start({}).value();
      const Variables variables{.dsn = server->dsn(), .environment = row.variable};
      CHECK(start(PICKET_SET_UP_PROGRAM, variables, row.arguments).code == 0);
      check_both(*server, "environment", Value(row.expected));
    }
  }

  TEST_CASE("the release: option, variable, compiled in, none") {  // S3.3, S3.4
    struct Row {
      std::string name;
      const char* program;
      const char* variable;
      std::vector<std::string> arguments;
      Value expected;
    };
    const std::vector<Row> rows{
        {"option", PICKET_RELEASED_PROGRAM, "v2", {"release=v3"}, "v3"},
        {"variable", PICKET_RELEASED_PROGRAM, "v2", {}, "v2"},
        {"compiled in", PICKET_RELEASED_PROGRAM, "", {}, "v1"},
        {"none", PICKET_SET_UP_PROGRAM, "", {}, nullptr},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const auto server = IngestServer::start({}).value();
      const Variables variables{.dsn = server->dsn(), .release = row.variable};
      CHECK(start(row.program, variables, row.arguments).code == 0);
      check_both(*server, "release", row.expected);
    }
  }

  TEST_CASE("a server that never answers delays neither captures nor the end") {  // S2.5
    const tests::SilentServer server;
    const auto began = std::chrono::steady_clock::now();
    const ProgramEnd end = start(PICKET_SET_UP_PROGRAM, {.dsn = server.dsn()}, {"burst"});
    const auto took = std::chrono::steady_clock::now() - began;
    CAPTURE(end.output);
    CHECK(end.code == 0);
    REQUIRE(end.lines("slowest").size() == 1);
    // A wait for the network would be one of seconds, for each of ten thousand; a loaded machine
    // may stop a thread for a while.
    CHECK(std::stoll(end.lines("slowest")[0]) < 1'000'000);
    CHECK(took < 15s);
  }

  TEST_CASE("eight threads see picket off, on, and off again") {  // S3.7
    constexpr int kThreads = 8;
    REQUIRE_FALSE(is_initialized());
    static_assert(noexcept(is_initialized()));
    std::latch off(kThreads + 1);
    std::latch on(kThreads + 1);
    std::atomic<int> off_again{0};
    std::vector<std::thread> readers;
    const auto wait_for = [until = std::chrono::steady_clock::now() + 20s](bool state) {
      while (is_initialized() != state && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
      }
      return is_initialized() == state;
    };
    for (int i = 0; i < kThreads; ++i) {
      readers.emplace_back([&] {
        off.arrive_and_wait();
        wait_for(true);
        on.arrive_and_wait();
        if (wait_for(false)) ++off_again;
      });
    }
    off.arrive_and_wait();
    Options options;
    options.dsn = "http://key@localhost:9/1";
    options.transport = std::make_shared<testing::MemoryTransport>();
    std::optional<Guard> guard(init(std::move(options)));
    CHECK(is_initialized());
    on.arrive_and_wait();
    guard.reset();
    CHECK_FALSE(is_initialized());
    for (std::thread& reader : readers) reader.join();
    CHECK(off_again == kThreads);
  }
}

}  // namespace
}  // namespace picket
