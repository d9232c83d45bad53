// What the engine does whatever it is given: hostile events, a server that is away for long,
// settings of a real service, and what debug mode tells of all that.

#include "picket/picket.hpp"
#include "picket/testing/doctest.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::has_captured;
using testing::MemoryTransport;
using testing::ScopedClient;
using testing::with_message;

std::string all_lines(const ScopedClient& client) {
  std::string all;
  for (const std::string& line : client.diagnostics()) all += line + "\n";
  return all;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// An event that is wrong wherever one can be.
Event hostile_event() {
  Event event;
  const std::string garbage("\xFF\xC3\x00\x01", 4);
  event.message = LogEntry{.formatted = garbage + std::string(100'000, 'x')};
  event.tags[garbage] = garbage;
  event.tags[""] = "empty";
  Object deep;
  for (int i = 0; i < 1'000; ++i) {
    Object outer;
    outer.set(garbage, Value(std::move(deep)));
    deep = std::move(outer);
  }
  event.contexts["deep"] = std::move(deep);
  event.contexts["trace"].set("trace_id", "no id");
  event.contexts["numbers"].set("nan", std::numeric_limits<double>::quiet_NaN());
  event.contexts["numbers"].set("infinity", HUGE_VAL);
  return event;
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

TEST_SUITE("spec/engine") {
  TEST_CASE("each part of a DSN that is bad is told by its name, the key never") {  // S3.6
    struct Row {
      const char* part;
      std::string dsn;
    };
    const Row rows[] = {{"project", "https://topsecretkey@host.example"},
                        {"scheme", "ftp://topsecretkey@host.example/1"},
                        {"host", "https://topsecretkey@/1"},
                        {"public key", "https://:topsecretkey@host.example/1"}};
    for (const Row& row : rows) {
      CAPTURE(row.dsn);
      std::vector<std::string> lines;
      Options options;
      options.dsn = row.dsn;
      options.logger = [&](Level level, std::string_view line) {
        lines.push_back(std::string(to_text(level)).append(" ").append(line));
      };
      const Guard guard = init(std::move(options));
      CHECK(guard.status() == InitStatus::bad_dsn);
      CHECK(has(guard.message(), row.part));
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].starts_with("error "));
      CHECK_FALSE(has(lines[0], "topsecretkey"));
      CHECK(capture_message("x").is_nil());
    }
  }

  TEST_CASE("a hand-made event passes the same pipeline, however hostile it is") {  // S11.3
    const ScopedClient client({.before_send = [](Event& event, Hint&) {
      return event.tags.contains("unwanted") ? Verdict::drop : Verdict::keep;
    }});
    CHECK_FALSE(capture_event(hostile_event()).is_nil());
    Event unwanted;
    unwanted.tags["unwanted"] = "yes";
    capture_event(std::move(unwanted));
    capture_event({});
    const auto captured = client.captured();
    CHECK(captured.problems().empty());
    CHECK(captured.events().size() == 2);
    CHECK(captured.events()[0].json().at("contexts.numbers.nan").is_null());
    CHECK(client.stats().errors().dropped.at("before_send") == 1);
  }

  TEST_CASE("settings of a real service hold, and mappings are off by default") {  // T18, T17
    const ScopedClient client({.diagnostic_level = Level::warning,
                               .traces_sample_rate = 1.0,
                               .max_breadcrumbs = 50,
                               .attach_stacktrace = true,
                               .send_default_pii = false,
                               .shutdown_timeout = 5s});
    for (int i = 0; i < 60; ++i) add_breadcrumb(std::to_string(i));
    capture_message("x");
    start_transaction({.op = "command", .name = "ban"}).finish();
    const auto captured = client.captured();
    const auto event = captured.last_event();
    REQUIRE(event);
    CHECK(event->breadcrumbs().size() == 50);
    CHECK(event->breadcrumbs().front() == "10");
    CHECK(event->json().at("threads.values.0.stacktrace.frames").as_list() != nullptr);
    CHECK(event->json().at("server_name").is_null());
    CHECK(client.client().options().shutdown_timeout == 5s);
    CHECK(client.diagnostics().empty());
    REQUIRE(captured.last_transaction());
    CHECK(captured.last_transaction()->op() == "command");
    CHECK(captured.payloads("profile").empty());
  }

  TEST_CASE("debug mode tells of captures, drops, decisions, attempts and flushes") {  // S12.5
    ScopedClient client(
        {.debug = true, .traces_sample_rate = 0.0, .before_send = [](Event& event, Hint&) {
           return event.tags.contains("unwanted") ? Verdict::drop : Verdict::keep;
         }});
    client.transport().set_script([](std::size_t call, std::string_view) {
      return TransportResponse{.status = call == 1 ? 503 : 200};
    });
    const EventId kept = capture_message("x");
    for (int i = 0; i < 500 && !client.transport().wait_for_calls(2, 20ms); ++i) {
      client.clock().advance(60s);  // the wait before the second attempt
    }
    const EventId dropped = capture_message("x", Level::info, {.tags = {{"unwanted", "yes"}}});
    start_transaction({.op = "command", .name = "ban"}).finish();
    static_cast<void>(client.captured());
    const std::string all = all_lines(client);
    CAPTURE(all);
    CHECK(has(all, "environment production"));  // the options in effect
    CHECK_FALSE(has(all, "testkey"));
    CHECK(has(all, "event " + kept.to_string() + " captured"));
    CHECK(has(all, "event " + dropped.to_string() + " dropped: before_send"));
    CHECK(has(all, "a transaction is dropped: sample_rate"));
    CHECK(has(all, "attempt 1 of 5"));
    CHECK(has(all, "status 503"));
    CHECK(has(all, "status 200"));
    CHECK(has(all, "flush: done, 0 items queued"));
  }

  TEST_CASE("without debug mode all that is silent, and no line becomes a breadcrumb") {  // S12.5
    const ScopedClient quiet({.before_send = [](Event&, Hint&) { return Verdict::drop; }});
    capture_message("x");
    static_cast<void>(quiet.captured());
    CHECK(quiet.diagnostics().empty());

    const ScopedClient loud({.debug = true});
    capture_message("first");
    static_cast<void>(loud.captured());
    capture_message("second");
    CHECK_FALSE(loud.diagnostics().empty());
    CHECK(has_captured(loud, 2, testing::EventMatcher().and_that("no breadcrumbs", [](auto& event) {
      return event.breadcrumbs().empty();
    })));
  }

  TEST_CASE("memory stays flat while nothing can be sent") {  // S13.5
    const char* const wanted = std::getenv("PICKET_SOAK_CAPTURES");
    const int captures = wanted != nullptr ? std::atoi(wanted) : 8'000;
    ScopedClient client({.traces_sample_rate = 1.0, .max_attempts = 100});
    client.transport().set_script([](std::size_t, std::string_view) -> TransportResponse {
      throw std::runtime_error("nobody there");
    });
    const auto capture = [](int i) {
      const std::string name = std::to_string(i);
      const auto isolated = isolate();
      set_tag(name, name);
      add_breadcrumb(name);
      capture_message(name);
      const auto transaction = start_transaction({.op = "task", .name = name});
      start_span({.op = "step", .description = name}).set_data("i", i);
    };
    for (int i = 0; i < 2'000; ++i) capture(i);
    const std::size_t before = resident_kib();
    for (int i = 0; i < captures; ++i) capture(i);
    const std::size_t after = resident_kib();
    const std::size_t grown = after > before ? after - before : 0;
    MESSAGE("resident memory grew by " << grown << " KiB in " << captures << " rounds");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(grown < 2 * 1024);
#endif
    const auto books = client.stats().errors();
    CHECK(books.captured == static_cast<std::uint64_t>(captures) + 2'000);
    CHECK(books.captured == books.sent + books.dropped_total() + books.pending);
    client.transport().set_script({});
  }
}

}  // namespace
}  // namespace picket
