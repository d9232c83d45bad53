// What becomes of programs that fail, seen from the outside.

#include "ingest/server.hpp"
#include "picket/json.hpp"
#include "support/program.hpp"
#include "support/scoped_env.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace picket {
namespace {

using ingest::IngestServer;

#if defined(__SANITIZE_THREAD__)
constexpr bool kSignalsArrive = false;  // the thread sanitizer holds signals back
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kSignalsArrive = false;
#else
constexpr bool kSignalsArrive = true;
#endif
#else
constexpr bool kSignalsArrive = true;
#endif

std::unique_ptr<IngestServer> serve(const std::vector<std::string>& faults = {}) {
  ingest::IngestOptions options;
  for (const std::string& text : faults) {
    options.faults.push_back(ingest::Fault::parse(text).value());
  }
  return IngestServer::start(std::move(options)).value();
}

/// The address sanitizer has handlers of its own for some of the signals; they end the process in
/// another way.
tests::ProgramEnd run(const std::string& way, const std::string& dsn,
                      const std::string& directory = "-") {
  const tests::ScopedEnv sanitizer(
      "ASAN_OPTIONS",
      "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_sigtrap="
      "0:allow_user_segv_handler=1:use_sigaltstack=0:detect_leaks=0:detect_stack_use_after_return="
      "0");
  return tests::run_program({PICKET_CRASH_SIGNALS_PROGRAM, way, dsn, directory});
}

const Value& at(const Value& value, std::initializer_list<const char*> path) {
  static const Value none;
  const Value* found = &value;
  for (const char* key : path) {
    const Object* const object = found->as_object();
    found = object != nullptr ? object->find(key) : nullptr;
    if (found == nullptr) return none;
  }
  return *found;
}

std::string text(const Value& value) {
  const std::string* const found = value.as_text();
  return found != nullptr ? *found : to_json(value);
}

Value exception_of(const Value& event) {
  const List* const values = at(event, {"exception", "values"}).as_list();
  return values != nullptr && !values->empty() ? values->back() : Value();
}

std::size_t frames_of(const Value& event) {
  const Value exception = exception_of(event);
  const List* const frames = at(exception, {"stacktrace", "frames"}).as_list();
  return frames != nullptr ? frames->size() : 0;
}

std::string newest_function(const Value& event) {
  const Value exception = exception_of(event);
  const List* const frames = at(exception, {"stacktrace", "frames"}).as_list();
  return frames != nullptr && !frames->empty() ? text(at(frames->back(), {"function"})) : "";
}

std::size_t files_in(const std::string& directory) {
  std::size_t count = 0;
  std::error_code none;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::recursive_directory_iterator(directory, none)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

TEST_SUITE("crash/signals" * doctest::skip(!kSignalsArrive)) {
  TEST_CASE("each signal is reported, and ends the process as it would have") {  // P7.19
    struct Row {
      const char* way;
      int signal;
      const char* type;
      const char* value;
    };
    const Row rows[] = {
        {"segv", SIGSEGV, "SIGSEGV", "Segmentation fault: address not mapped at 0x10"},
        {"call", SIGSEGV, "SIGSEGV", "Segmentation fault: address not mapped at 0x0"},
        {"abort", SIGABRT, "SIGABRT", "Aborted"},
        {"fpe", SIGFPE, "SIGFPE", "Arithmetic exception: integer division by zero at 0x"},
        {"ill", SIGILL, "SIGILL", "Illegal instruction: illegal operand at 0x"},
        {"trap", SIGTRAP, "SIGTRAP", "Trap"},
        {"bus", SIGBUS, "SIGBUS", "Bus error"},
        {"sys", SIGSYS, "SIGSYS", "Bad system call"},
        {"sent", SIGSEGV, "SIGSEGV", "Segmentation fault: sent by a process"},
        {"overflow", SIGSEGV, "SIGSEGV", "Segmentation fault"},
        {"thread-overflow", SIGSEGV, "SIGSEGV", "Segmentation fault"},
        {"smashed", SIGSEGV, "SIGSEGV", "Segmentation fault: address not mapped at 0x10"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.way);
      const auto server = serve();
      const auto end = run(row.way, server->dsn());
      CHECK(end.signal == row.signal);
      const auto events = server->received().events();
      REQUIRE(events.size() == 1);
      CHECK(server->received().duplicate_count() == 0);
      CHECK(server->received().complaints() == "");
      const Value exception = exception_of(events[0]);
      CHECK(text(at(events[0], {"level"})) == "fatal");
      CHECK(text(at(exception, {"type"})) == row.type);
      CHECK(text(at(exception, {"value"})).starts_with(row.value));
    }
  }

  TEST_CASE("the report says all that is known") {  // P3.8 P3.10 P3.11 P3.13 P7.19
    const auto server = serve();
    run("segv", server->dsn());
    const auto events = server->received().events();
    REQUIRE(events.size() == 1);
    const Value& event = events[0];
    const Value exception = exception_of(event);
    CHECK(
        text(at(exception, {"mechanism"})) ==
        R"({"type":"signalhandler","handled":false,"synthetic":true,)"
        R"("meta":{"signal":{"number":11,"code":1,"name":"SIGSEGV","code_name":"SEGV_MAPERR"}}})");
    CHECK(text(at(exception, {"stacktrace", "instruction_addr_adjustment"})) == "all_but_first");
    CHECK(at(exception, {"stacktrace", "registers"}).as_object() != nullptr);
    CHECK(text(at(exception, {"thread_id"})) ==
          text(at(at(event, {"threads", "values"}).as_list()->front(), {"id"})));
    CHECK(frames_of(event) > 3);
    CHECK(newest_function(event).find("read_nowhere") != std::string::npos);
    CHECK(text(at(event, {"contexts", "crash", "address"})) == "0x10");
    CHECK(text(at(event, {"tags", "shop"})) == "berlin");
    CHECK(text(at(event, {"tags", "till"})) == "3");
    CHECK(text(at(event, {"tags", "api_key"})) == "[Filtered]");
    CHECK(text(at(event, {"user", "id"})) == "77");
    CHECK(text(at(event, {"contexts", "order", "id"})) == "9");
    CHECK(text(at(event, {"release"})) == "shop@1.4.0");
    CHECK(text(at(event, {"contexts", "trace", "trace_id"})).size() == 32);
    CHECK(at(event, {"breadcrumbs", "values"}).as_list()->size() == 1);
    CHECK(at(event, {"debug_meta", "images"}).as_list()->size() >= 1);
  }

  TEST_CASE("without a server the next start sends it, once") {  // P7.18 P7.19 C176 C177
    const tests::TemporaryDirectory directory;
    const auto server = serve({"1-:hang"});
    const auto end = run("hangs", server->dsn(), directory.path());
    CHECK(end.signal == SIGSEGV);
    CHECK(end.lines("last") == std::vector<std::string>{"fine"});
    server->set_faults({});
    const auto next = run("start", server->dsn(), directory.path());
    CHECK(next.code == 0);
    REQUIRE(server->received().wait_for_events(1, std::chrono::seconds(20)));
    const auto events = server->received().events();
    REQUIRE(events.size() == 1);
    CHECK(server->received().complaints() == "");
    CHECK(text(at(exception_of(events[0]), {"type"})) == "SIGSEGV");
    CHECK(frames_of(events[0]) > 2);
    CHECK(at(events[0], {"debug_meta", "images"}).as_list()->size() > 1);
    CHECK(text(at(events[0], {"tags", "shop"})) == "berlin");
    CHECK(text(at(events[0], {"tags", "till"})) == "3");
    CHECK(text(at(events[0], {"tags", "api_key"})) == "[Filtered]");  // S14.3
    CHECK(text(at(events[0], {"user", "id"})) == "77");
    CHECK(text(at(events[0], {"contexts", "crash", "address"})) == "0x10");
    CHECK(at(events[0], {"breadcrumbs", "values"}).as_list()->size() == 1);
    CHECK(next.lines("last") == std::vector<std::string>{"crashed"});
    CHECK(next.lines("crash") ==
          std::vector<std::string>{text(at(events[0], {"event_id"})) + " SIGSEGV"});
    const auto third = run("start", server->dsn(), directory.path());
    CHECK(third.lines("crash").empty());
    CHECK(third.lines("last") == std::vector<std::string>{"fine"});
    CHECK(server->received().duplicate_count() == 0);
  }

  TEST_CASE("what was sent in time leaves nothing but the news that there was a crash") {  // P7.18
    const tests::TemporaryDirectory directory;
    const auto server = serve();
    CHECK(run("segv", server->dsn(), directory.path()).signal == SIGSEGV);
    CHECK(server->received().events().size() == 1);
    CHECK(run("start", server->dsn(), directory.path()).lines("crash").size() == 1);
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(files_in(directory.path()) == 0);
  }

  TEST_CASE("a crash counts once its process is gone, and is told once") {  // P7.18
    const tests::TemporaryDirectory directory;
    const auto server = serve();
    CHECK(run("segv", server->dsn(), directory.path()).signal == SIGSEGV);
    std::string marker;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path("crashes"))) {
      if (entry.path().extension() == ".crash") marker = entry.path();
    }
    const int as_if_alive = open(marker.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(flock(as_if_alive, LOCK_EX | LOCK_NB) == 0);
    const auto early = run("start", server->dsn(), directory.path());
    CHECK(early.lines("crash").empty());
    CHECK(early.lines("last") == std::vector<std::string>{"fine"});
    close(as_if_alive);
    CHECK(run("start", server->dsn(), directory.path()).lines("crash").size() == 1);
    CHECK(run("start", server->dsn(), directory.path()).lines("crash").empty());
  }

  TEST_CASE("a hook that hangs costs the time of crash_timeout and no more") {  // P7.19
    const auto server = serve();
    const auto begin = std::chrono::steady_clock::now();
    CHECK(run("hangs", server->dsn()).signal == SIGSEGV);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  }

  TEST_CASE("of two threads that fail one is reported") {  // P7.19
    const auto server = serve();
    CHECK(run("two", server->dsn()).signal == SIGSEGV);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a failure in a hook is reported by another worker") {  // P7.19 P7.6
    const auto server = serve();
    CHECK(run("hook", server->dsn()).signal == SIGSEGV);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a child of a fork that fails is reported as the child") {  // P7.20
    const tests::TemporaryDirectory directory;
    const auto server = serve();
    const auto end = run("child", server->dsn(), directory.path());
    CHECK(end.code == 0);
    CHECK(end.lines("child") == std::vector<std::string>{std::to_string(SIGSEGV)});
    run("start", server->dsn(), directory.path());
    CHECK(server->received().wait_for_events(1, std::chrono::seconds(20)));
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a child of a fork that has a worker of its own sends it at once") {  // P7.20
    const auto server = serve();
    const auto end = run("busy-child", server->dsn());
    CHECK(end.lines("child") == std::vector<std::string>{std::to_string(SIGSEGV)});
    CHECK(server->received().events().size() == 2);
    CHECK(server->received().duplicate_count() == 0);
  }

  TEST_CASE("the handler from before is called after the report") {  // P7.19
    const auto server = serve();
    CHECK(run("handled", server->dsn()).code == 7);
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("a handler from before may repair a fault, and the program goes on") {  // P7.19
    const tests::TemporaryDirectory directory;
    const auto server = serve();
    const auto end = run("repaired", server->dsn(), directory.path());
    CHECK(end.code == 0);
    CHECK(end.output.find("repaired") != std::string::npos);
    CHECK(server->received().events().size() == 1);
    CHECK(run("start", server->dsn(), directory.path()).lines("crash").empty());
  }

  TEST_CASE("after a repaired fault another crash is still reported") {  // P7.19
    const auto server = serve();
    CHECK(run("repaired-then", server->dsn()).signal == SIGFPE);
    CHECK(server->received().events().size() == 2);
  }

  TEST_CASE("what the host does not want to hear of is not sent") {  // P7.19
    for (const char* way : {"left-alone", "off", "closed", "sampled-out"}) {
      CAPTURE(way);
      const auto server = serve();
      const auto end = run(way, server->dsn());
      CHECK(end.signal == SIGSEGV);
      CHECK(end.lines("ours").empty());
      CHECK(server->received().events().empty());
    }
  }

  TEST_CASE("without a directory nothing is known of the last run") {  // P7.18
    const auto server = serve();
    CHECK(run("start", server->dsn()).lines("last") == std::vector<std::string>{"unknown"});
  }
}

}  // namespace
}  // namespace picket
