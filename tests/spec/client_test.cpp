// Life of a client: on, off, flush, close, several of them.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::MemoryTransport;
using testing::ScopedClient;

Options with(std::shared_ptr<Transport> transport) {
  Options options;
  options.dsn = "http://key@localhost:9/1";
  options.logger = [](Level, std::string_view) {};
  options.transport = std::move(transport);
  return options;
}

TEST_SUITE("spec/client") {
  TEST_CASE("without a DSN picket is off and says how to turn it on") {  // S3.5, S12.1, C013
    std::vector<std::string> lines;
    Options options;
    options.diagnostic_level = Level::info;
    options.logger = [&](Level level, std::string_view line) {
      lines.push_back(std::string(to_text(level)).append(" ").append(line));
    };
    const Guard guard = init(options);
    CHECK_FALSE(is_initialized());
    CHECK(guard.status() == InitStatus::no_dsn);
    CHECK(init_status() == InitStatus::no_dsn);
    CHECK(init_message().find("SENTRY_DSN") != std::string::npos);
    for (int i = 0; i < 1000; ++i) CHECK(capture_message("x").is_nil());
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("info "));
  }

  TEST_CASE("with a bad DSN picket is off and says what is wrong") {  // S3.6, C014
    std::vector<std::string> lines;
    Options options;
    options.dsn = "https://topsecretkey@host.example";
    options.logger = [&](Level level, std::string_view line) {
      lines.push_back(std::string(to_text(level)).append(" ").append(line));
    };
    const Guard guard = init(options);
    CHECK(guard.status() == InitStatus::bad_dsn);
    CHECK(guard.message().find("project") != std::string::npos);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("error "));
    CHECK(lines[0].find("topsecretkey") == std::string::npos);
    CHECK(capture_message("x").is_nil());
  }

  TEST_CASE("a client tells the options that it works with") {
    const tests::ScopedEnv release("SENTRY_RELEASE", "shop@1.4.0");
    Options options = with(std::make_shared<MemoryTransport>());
    options.max_attempts = -3;
    const Guard guard = init(options);
    CHECK(current_client().options().dsn == options.dsn);
    CHECK(current_client().options().release == "shop@1.4.0");
    CHECK(current_client().options().max_attempts == 1);
    CHECK(Client().options().dsn.empty());
  }

  TEST_CASE("everything is safe before init and after close, and leaves nothing behind") {
    const auto use_everything = [] {  // C161, S5.10
      set_tag("leftover", "yes");
      set_user({.id = "1"});
      set_context("c", {{"k", 1}});
      add_breadcrumb("leftover");
      add_attachment({.bytes = "x"});
      const ScopeGuard temporary = push_scope();
      const ScopeGuard isolated = isolate();
      CHECK(capture_message("x").is_nil());
      CHECK(capture_event({}).is_nil());
      CHECK(capture_exception(std::runtime_error("x")).is_nil());
      CHECK(last_event_id().is_nil());
      CHECK(flush(0ms));
      CHECK(close(0ms));
    };
    use_everything();
    const auto transport = std::make_shared<MemoryTransport>();
    {
      const Guard guard = init(with(transport));
      CHECK(is_initialized());
      capture_message("only this");
      CHECK(flush(10s));
    }
    CHECK_FALSE(is_initialized());
    CHECK(init_status() == InitStatus::closed);
    use_everything();
    const auto captured = transport->captured();
    REQUIRE(captured.events().size() == 1);
    CHECK_FALSE(captured.events()[0].tag("leftover"));
    CHECK(captured.events()[0].breadcrumbs().empty());
    CHECK(stats().errors().captured == 1);
    CHECK(stats().errors().sent == 1);
  }

  TEST_CASE("a second init flushes and replaces the first client") {  // S3.8
    const auto first = std::make_shared<MemoryTransport>();
    const auto second = std::make_shared<MemoryTransport>();
    Guard old = init(with(first));
    capture_message("to the first");
    {
      const Guard guard = init(with(second));
      CHECK(first->captured().events().size() == 1);
      old = Guard();  // the end of the old guard leaves the new client alone
      CHECK(is_initialized());
      capture_message("to the second");
      CHECK(flush(10s));
      CHECK(second->captured().events().size() == 1);
    }
    CHECK_FALSE(is_initialized());
  }

  TEST_CASE("flush covers what came before, close is idempotent") {  // C162
    const ScopedClient client;
    for (int i = 0; i < 100; ++i) capture_message(std::to_string(i));
    CHECK(flush(10s));
    CHECK(client.stats().errors().sent == 100);
    CHECK(close(10s));
    CHECK(close(10s));
    CHECK(capture_message("late").is_nil());
    CHECK(client.stats().errors().captured == 100);
  }

  TEST_CASE("flush against a server that hangs returns false in time") {  // C028, S2.5
    const auto transport = std::make_shared<MemoryTransport>();
    transport->hold();
    const Guard guard = init(with(transport));
    capture_message("x");
    CHECK_FALSE(flush(50ms));
    CHECK(stats().errors().pending == 1);
    CHECK_FALSE(close(50ms));
    const CategoryStats errors = stats().errors();
    CHECK(errors.captured == errors.sent + errors.dropped_total() + errors.pending);
    CHECK(errors.pending == 0);
  }

  TEST_CASE("two clients share nothing") {  // architecture 2.4
    const auto first_transport = std::make_shared<MemoryTransport>();
    const auto second_transport = std::make_shared<MemoryTransport>();
    const Client first = Client::create(with(first_transport));
    const Client second = Client::create(with(second_transport));
    first.scope().set_tag("owner", "first");
    second.scope().set_tag("owner", "second");
    Scope request;
    request.set_tag("request", "7");
    first.capture_message("a", Level::info, {}, &request);
    second.capture_message("b");
    CHECK(first.flush(10s));
    CHECK(second.flush(10s));
    const auto a = first_transport->captured();
    const auto b = second_transport->captured();
    REQUIRE(a.events().size() == 1);
    REQUIRE(b.events().size() == 1);
    CHECK(a.events()[0].has_tag("owner", "first"));
    CHECK(a.events()[0].has_tag("request", "7"));
    CHECK(b.events()[0].has_tag("owner", "second"));
    CHECK_FALSE(b.events()[0].tag("request"));
    CHECK(first.stats().errors().sent == 1);
    CHECK_FALSE(is_initialized());
    CHECK(first.close(10s));
    CHECK(second.is_enabled());
    CHECK(second.close(10s));
  }

  TEST_CASE("a full queue drops, counts and reports") {  // C164, S2.5
    const auto transport = std::make_shared<MemoryTransport>();
    Options options = with(transport);
    options.max_queue_items = 10;
    transport->hold();
    const Guard guard = init(options);
    capture_message("in flight");
    REQUIRE(transport->wait_for_calls(1, 10s));
    for (int i = 0; i < 25; ++i) capture_message("x");
    CategoryStats errors = stats().errors();
    CHECK(errors.captured == 26);
    CHECK(errors.dropped.at("queue_overflow") == 15);
    CHECK(errors.pending == 11);
    transport->release();
    CHECK(flush(10s));
    errors = stats().errors();
    CHECK(errors.sent == 11);
    CHECK(errors.pending == 0);
    CHECK(transport->captured().reported("queue_overflow", "error") == 15);
  }

  TEST_CASE("a transport that throws is a network failure, never the host's") {  // S9.6
    const auto transport = std::make_shared<MemoryTransport>(
        [](std::size_t, std::string_view) -> TransportResponse { throw std::runtime_error("x"); });
    Options options = with(transport);
    options.max_attempts = 1;
    const Guard guard = init(options);
    capture_message("x");
    CHECK(flush(10s));
    CHECK(stats().errors().dropped.at("network_error") == 1);
  }

  TEST_CASE("the byte bound covers what the scopes of queued events hold") {  // architecture 2.2
    const auto transport = std::make_shared<MemoryTransport>();
    Options options = with(transport);
    options.max_queue_bytes = 1U << 20U;
    transport->hold();
    const Guard guard = init(options);
    capture_message("in flight");
    REQUIRE(transport->wait_for_calls(1, 10s));
    for (int i = 0; i < 100; ++i) {
      const ScopeGuard unit = isolate();
      for (int k = 0; k < 20; ++k) add_breadcrumb(std::string(8000, 'x'));
      capture_message("x");
    }
    CHECK(stats().errors().pending <= 8);  // 160 000 bytes each, and the one in flight
    CHECK(stats().errors().dropped.at("queue_overflow") >= 93);
    transport->release();
  }

  TEST_CASE("a random generator of the host that throws keeps the event") {
    const auto transport = std::make_shared<MemoryTransport>();
    Options options = with(transport);
    options.sample_rate = 0.5;
    options.random = []() -> double { throw std::runtime_error("no entropy"); };
    const Guard guard = init(options);
    CHECK_FALSE(capture_message("x").is_nil());
  }

  TEST_CASE("a logger is heard no more after its client") {
    int lines = 0;
    Options options = with(std::make_shared<MemoryTransport>());
    options.debug = true;
    options.logger = [&](Level, std::string_view) { ++lines; };
    { const Guard guard = init(options); }
    const int at_end = lines;
    CHECK(at_end > 0);
    const Client other = Client::create(with(std::make_shared<MemoryTransport>()));
    other.capture_message("x");
    CHECK(other.close(10s));
    CHECK(lines == at_end);
  }

  TEST_CASE("debug mode tells what happens") {  // S12.5
    const ScopedClient client({.debug = true});
    const EventId id = capture_message("x");
    static_cast<void>(client.captured());
    std::string all;
    for (const std::string& line : client.diagnostics()) all += line + "\n";
    CAPTURE(all);
    CHECK(all.find("sample rate 1") != std::string::npos);
    CHECK(all.find("event " + id.to_string() + " captured") != std::string::npos);
    CHECK(all.find("flush done") != std::string::npos);
    CHECK(all.find("testkey") == std::string::npos);
  }
}

}  // namespace
}  // namespace picket
