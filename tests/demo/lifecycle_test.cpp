#include "bot/errors.hpp"
#include "bot/line_source.hpp"
#include "bot/operations.hpp"
#include "bot/services.hpp"
#include "bot/shutdown.hpp"
#include "bot/worker_pool.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/lifecycle");

namespace {

using picket::testing::ScopedClient;

}  // namespace

TEST_CASE("every service's start is a span that tells how it went") {  // T26
  const ScopedClient client({.traces_sample_rate = 1});
  const bot::Services services({.trace_lifecycle = true});
  picket::capture_message("up");

  const auto spans = client.captured().transactions_named("setup").at(0).with_op("setup");
  REQUIRE(spans.size() == 3);
  for (const auto& span : spans) CHECK(span.datum("setup.status") == picket::Value("success"));
  CHECK(client.captured().messages().at(0).has_tag("setup_complete", "true"));
}

TEST_CASE("a start that fails says with what") {  // T26
  const ScopedClient client({.traces_sample_rate = 1});
  CHECK_THROWS_AS(bot::Services({.broken = {"cache"}, .trace_lifecycle = true}), bot::CacheError);

  const auto setup = client.captured().transactions_named("setup").at(0);
  CHECK(setup.status() == "internal_error");
  const auto spans = setup.with_op("setup");
  REQUIRE(spans.size() == 2);
  CHECK(spans[1].datum("setup.status") == picket::Value("failed"));
  CHECK(spans[1].datum("setup.error") == picket::Value("the cache refused the connection"));
  CHECK(spans[1].datum("setup.error_type") == picket::Value("bot::CacheError"));
}

TEST_CASE("a start is no transaction unless that is asked for") {  // S7.6
  const ScopedClient client({.traces_sample_rate = 1});
  const bot::Services services({});
  CHECK(client.captured().transactions().empty());
}

TEST_CASE("a step of the end that fails stops no other, and each has its flag") {  // T26
  const ScopedClient client({.traces_sample_rate = 1});
  bot::Services services({.broken = {"end"}});
  {
    bot::Shutdown shutdown(true);
    services.close(shutdown);
    const picket::Object stats = services.stats();
    picket::set_context("bot_stats", stats);
  }

  const auto end = client.captured().transactions_named("shutdown").at(0);
  CHECK(end.datum("shutdown.chat") == picket::Value(true));
  CHECK(end.datum("shutdown.cache") == picket::Value(false));
  CHECK(end.datum("shutdown.database") == picket::Value(true));
  CHECK(end.with_op("shutdown").size() == 3);
  CHECK(end.json().at("contexts").at("bot_stats").at("uptime_s").is_number());
  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].has_tag("operation", "cache"));
  CHECK(errors[0].has_tag("component", "shutdown"));
}

TEST_CASE("a platform that hangs up is worth a message with the bot's figures") {  // T26
  const ScopedClient client;
  bot::Services services({});
  ++services.tally().ok;
  CHECK(bot::operate(services, "%disconnect") == "disconnected");

  const auto messages = client.captured().messages();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].level() == "info");
  CHECK(messages[0].has_context("bot_stats", "commands_ok", 1));
}

TEST_CASE("lines end with the file, also without a last line end") {
  const bot::TemporaryFile file;
  std::ofstream(file.path()) << "one\n\ntwo";
  bot::LineSource lines(file.path());
  std::string line;
  for (const char* expected : {"one", "", "two"}) {
    REQUIRE(lines.next(line));
    CHECK(line == expected);
  }
  CHECK_FALSE(lines.next(line));
}

TEST_CASE("a source that was stopped has no more lines") {
  const bot::TemporaryFile file;
  std::ofstream(file.path()) << "one\ntwo\n";
  bot::LineSource lines(file.path());
  std::string line;
  REQUIRE(lines.next(line));
  std::thread([&] { lines.stop(); }).join();
  CHECK_FALSE(lines.next(line));
}

TEST_CASE("a pool in haste forgets what has not begun") {
  bot::WorkerPool pool(1);
  std::atomic<bool> has_begun{false};
  std::atomic<bool> may_end{false};
  std::atomic<int> others{0};
  pool.post([&] {
    has_begun = true;
    has_begun.notify_one();
    may_end.wait(false);
  });
  has_begun.wait(false);
  for (int i = 0; i < 3; ++i) pool.post([&] { ++others; });

  CHECK(pool.forget_waiting() == 3);
  may_end = true;
  may_end.notify_one();
  pool.finish();
  CHECK(others == 0);
}

TEST_SUITE_END();
