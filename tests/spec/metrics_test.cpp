// Metrics: observations, batches, what becomes of them, and the usual sets of them.

#include "picket/metrics.hpp"

#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/golden.hpp"
#include "support/told.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using testing::Captured;
using testing::ScopedClient;
using namespace std::chrono_literals;

List containers(const Captured& captured) {
  List all;
  for (const Envelope& envelope : captured.envelopes()) {
    for (const EnvelopeItem& item : envelope.items) {
      if (item.type() == "trace_metric") all.push_back(*parse_json(item.payload));
    }
  }
  return all;
}

List records(const Captured& captured) {
  List all;
  for (const Value& container : containers(captured)) {
    for (const Value& record : tests::list_at(container, "items")) all.push_back(record);
  }
  return all;
}

const CategoryStats& row(const Stats& stats, const char* category) {
  static const CategoryStats none;
  const auto found = stats.categories.find(category);
  return found == stats.categories.end() ? none : found->second;
}

std::uint64_t dropped(const CategoryStats& stats) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : stats.dropped) sum += count;
  return sum;
}

/// Waits until so many metrics are pending.
bool comes_to_pending(const ScopedClient& client, std::uint64_t count) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (row(client.stats(), "trace_metric").pending != count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// captured = sent + spooled + dropped + pending, for records and for bytes.
void check_books(const Stats& stats) {
  for (const char* category : {"trace_metric", "trace_metric_byte"}) {
    CAPTURE(category);
    const CategoryStats& books = row(stats, category);
    CHECK(books.captured == books.sent + books.spooled + dropped(books) + books.pending);
  }
}

/// `name type value unit` and the attributes but for the defaults, one line each.
std::vector<std::string> lines(const Captured& captured) {
  std::vector<std::string> all;
  for (const Value& record : records(captured)) {
    std::string line = tests::text_at(record, "name") + " " + tests::text_at(record, "type") + " " +
                       to_json(record.at("value"));
    if (!record.at("unit").is_null()) line += " " + tests::text_at(record, "unit");
    for (const Member& member : *record.at("attributes").as_object()) {
      if (member.key.starts_with("sentry.")) continue;
      line += " " + member.key + "=" + to_json(member.value.at("value"));
    }
    all.push_back(line);
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST_SUITE("spec/metrics") {
  TEST_CASE("a container of metrics is exactly this") {  // T13, P5.3, P2.7, C043, C044, C119
    const ScopedClient client({.release = "shop@1.4.0", .environment = "staging"});
    const ScopeGuard unit = isolate();
    REQUIRE(continue_trace("7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718-1", ""));
    metrics::count("orders", 2, {.unit = "item", .attributes = {{"region", "eu"}}});
    metrics::gauge("queue.depth", 17.5, {.unit = "item", .attributes = {{"full", false}}});
    metrics::distribution("cart.load", 12.5,
                          {.unit = "millisecond",
                           .attributes = {{"rows", 3},
                                          {"ratio", 0.5},
                                          {"steps", Value(List{Value("a"), Value("b")})},
                                          {"mixed", Value(List{Value("a"), Value(1)})},
                                          {"nested", Value(Object{{"k", Value(1)}})}}});
    const auto captured = client.captured();
    REQUIRE(captured.envelopes().size() == 1);
    const Envelope& envelope = captured.envelopes()[0];
    REQUIRE(envelope.items.size() == 1);
    CHECK(envelope.headers.find("trace") == nullptr);
    CHECK(envelope.headers.find("event_id") == nullptr);
    const Object& headers = envelope.items[0].headers;
    REQUIRE(headers.find("content_type") != nullptr);
    CHECK(*headers.find("content_type") == Value("application/vnd.sentry.items.trace-metric+json"));
    CHECK(*headers.find("item_count") == Value(3));
    CHECK(test::golden_difference("metrics.json", envelope.items[0].payload) == "");
  }

  TEST_CASE("a batch leaves when it is full, when it is old, and with a flush") {  // P5.3, C118
    ScopedClient client;
    for (int i = 0; i < 250; ++i) metrics::count("n", i);
    REQUIRE(comes_to_pending(client, 50));
    check_books(client.stats());
    client.clock().advance(4999ms);
    metrics::count("n", 250);
    CHECK(row(client.stats(), "trace_metric").pending == 51);
    client.clock().advance(1ms);
    REQUIRE(comes_to_pending(client, 0));
    metrics::count("n", 251);
    CHECK(row(client.stats(), "trace_metric").pending == 1);
    const auto captured = client.captured();  // flushes
    const List all = containers(captured);
    REQUIRE(all.size() == 4);
    CHECK(tests::list_at(all[0], "items").size() == 100);
    CHECK(tests::list_at(all[2], "items").size() == 51);
    const List each = records(captured);
    REQUIRE(each.size() == 252);
    for (std::size_t i = 0; i < each.size(); ++i) CHECK(each[i].at("value") == Value(i));
    check_books(client.stats());
    CHECK(row(client.stats(), "trace_metric").sent == 252);
  }

  TEST_CASE("every batch has five seconds of its own") {  // P5.3
    ScopedClient client;
    for (std::size_t i = 1; i <= 3; ++i) {
      metrics::count("n");
      client.clock().advance(5s);
      REQUIRE(client.transport().wait_for_calls(i, 10s));
      client.clock().advance(17s);
    }
  }

  TEST_CASE("close sends what waits, and takes no more") {  // P5.3, T13
    const auto transport = std::make_shared<testing::MemoryTransport>();
    const testing::ClientOverride client(
        {.dsn = "https://key@ingest.invalid/1", .transport = transport});
    metrics::count("last");
    CHECK(client.client().close(10s));
    metrics::count("later");
    CHECK(records(transport->captured()).size() == 1);
    CHECK(row(client.client().stats(), "trace_metric").captured == 1);
    check_books(client.client().stats());
  }

  TEST_CASE("the books balance at every moment, whatever threads do") {  // T13
    const ScopedClient client;
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 2000; ++i) metrics::count("n", i, {.attributes = {{"key", "value"}}});
      });
    }
    threads.emplace_back([&] {
      while (!done.load()) check_books(client.stats());
    });
    for (int t = 0; t < 3; ++t) threads[static_cast<std::size_t>(t)].join();
    done.store(true);
    threads.back().join();
    static_cast<void>(client.captured());
    const Stats stats = client.stats();
    check_books(stats);
    CHECK(row(stats, "trace_metric").captured == 6000);
    CHECK(row(stats, "trace_metric").pending == 0);
    CHECK(row(stats, "trace_metric_byte").captured == 6000 * (1 + 8 + 3 + 5));
  }

  TEST_CASE("a metric that is too large is dropped alone") {  // C120, P1.11
    const ScopedClient client;
    metrics::count("before");
    metrics::count("huge", 1, {.attributes = {{"text", std::string(1900, 'x')}}});
    metrics::count("giant", 1, {.attributes = {{"text", std::string(100'000, 'x')}}});
    const Value nested(List(90, Value(std::string(30, 'x'))));
    metrics::count("nested", 1, {.attributes = {{"list", nested}}});
    metrics::count("after");
    const auto captured = client.captured();
    CHECK(lines(captured) == Lines{"before counter 1", "after counter 1"});
    const Stats stats = client.stats();
    CHECK(row(stats, "trace_metric").dropped.at("invalid") == 3);
    CHECK(row(stats, "trace_metric_byte").dropped.at("invalid") > 1900);
    check_books(stats);
    CHECK(client.captured().reported("invalid", "trace_metric") == 3);
    CHECK(client.captured().reported("invalid", "trace_metric_byte") > 1900);
  }

  TEST_CASE("no name and no number make no metric; odd attributes are left out") {  // P5.2, C116
    const ScopedClient client;
    metrics::count("");
    metrics::gauge("g", std::nan(""));
    metrics::gauge("g", std::numeric_limits<double>::infinity());
    metrics::gauge("ok", -0.5,
                   {.attributes = {{"null", nullptr},
                                   {"nan", std::nan("")},
                                   {"min", std::numeric_limits<std::int64_t>::min()},
                                   {"max", std::numeric_limits<std::int64_t>::max()},
                                   {"large", std::numeric_limits<std::uint64_t>::max()},
                                   {"small", std::uint64_t{7}}}});
    const List all = records(client.captured());
    REQUIRE(all.size() == 1);
    const Object& attributes = *all[0].at("attributes").as_object();
    CHECK(attributes.find("null") == nullptr);
    CHECK(attributes.find("nan") == nullptr);
    CHECK(attributes.find("min")->at("value") == Value(std::numeric_limits<std::int64_t>::min()));
    CHECK(attributes.find("max")->at("type") == Value("integer"));
    CHECK(attributes.find("large")->at("type") == Value("string"));
    CHECK(attributes.find("large")->at("value") == Value("18446744073709551615"));
    CHECK(attributes.find("small")->at("type") == Value("integer"));
    CHECK(row(client.stats(), "trace_metric").dropped.at("invalid") == 3);
    check_books(client.stats());
  }

  TEST_CASE("a metric belongs to the span and the trace it was made in") {  // P5.3
    const ScopedClient client({.traces_sample_rate = 1.0});
    std::string trace_id;
    std::string span_id;
    {
      const auto transaction = start_transaction({.op = "command", .name = "x"});
      const auto span = start_span({.op = "db"});
      trace_id = span.trace_id();
      span_id = span.span_id();
      metrics::count("inside");
    }
    start_new_trace();
    metrics::count("outside");
    capture_message("x");
    const auto captured = client.captured();
    const List all = records(captured);
    REQUIRE(all.size() == 2);
    CHECK(tests::text_at(all[0], "trace_id") == trace_id);
    CHECK(tests::text_at(all[0], "span_id") == span_id);
    CHECK(all[1].at("span_id").is_null());
    REQUIRE(captured.last_event());
    CHECK(all[1].at("trace_id") == captured.last_event()->json().at("contexts.trace.trace_id"));
  }

  TEST_CASE("who and where is told with send_default_pii alone") {  // C121, P5.3
    const User user{.id = "7", .username = "ada", .email = "ada@a.host"};
    const auto told = [&](bool pii) {
      const ScopedClient client({.server_name = "web-1", .send_default_pii = pii});
      set_user(user);
      metrics::count("n");
      metrics::count("own", 1, {.attributes = {{"user.id", "mine"}}});
      return lines(client.captured());
    };
    CHECK(told(false) == Lines{"n counter 1", "own counter 1 user.id=\"mine\""});
    const std::string rest = R"( user.name="ada" user.email="ada@a.host" server.address="web-1")";
    CHECK(told(true) ==
          Lines{"n counter 1 user.id=\"7\"" + rest, "own counter 1 user.id=\"mine\"" + rest});
  }

  TEST_CASE("before_send_metric changes and drops; what it throws drops") {  // C152, C154, P7.6
    const ScopedClient client({.before_send_metric = [](Metric& metric) {
      if (metric.name == "secret") return Verdict::drop;
      if (metric.name == "boom") throw std::runtime_error("hook is broken");
      if (metric.name == "spoilt") metric.value = std::nan("");
      if (metric.name == "one") metrics::count("from a hook");
      metric.attributes.set("seen", Value(true));
      return Verdict::keep;
    }});
    for (const char* name : {"one", "secret", "boom", "spoilt", "two"}) metrics::count(name);
    CHECK(lines(client.captured()) == Lines{"one counter 1 seen=true", "two counter 1 seen=true"});
    const Stats stats = client.stats();
    CHECK(row(stats, "trace_metric").dropped.at("before_send") == 2);
    CHECK(row(stats, "trace_metric").dropped.at("invalid") == 1);
    CHECK(row(stats, "trace_metric").dropped.at("event_processor") == 1);  // made in a hook
    check_books(stats);
    CHECK(client.diagnostics().at(0).find("hook is broken") != std::string::npos);
  }

  TEST_CASE("secrets in attributes are masked, also those of the hook and below others") {  // S14.3
    const ScopedClient client({.before_send_metric = [](Metric& metric) {
      metric.attributes.set("api_key", Value("from the hook"));
      return Verdict::keep;
    }});
    const Value nested(Object{{"password", Value("hunter2")}});
    metrics::count("n", 1, {.attributes = {{"auth_token", "abc"}, {"login", nested}}});
    const auto captured = client.captured();
    REQUIRE(captured.raw().size() == 1);
    for (const char* secret : {"from the hook", "abc", "hunter2"}) {
      CAPTURE(secret);
      CHECK(captured.raw()[0].find(secret) == std::string::npos);
    }
    CHECK(lines(captured) ==
          Lines{R"(n counter 1 auth_token="[Filtered]" login="{\"password\":\"[Filtered]\"}")"
                R"( api_key="[Filtered]")"});
  }

  TEST_CASE("a batch that the hook empties makes no envelope") {  // P7.6
    const ScopedClient client({.before_send_metric = [](Metric&) { return Verdict::drop; },
                               .send_client_reports = false});
    metrics::count("n");
    CHECK(client.captured().envelopes().empty());
    CHECK(row(client.stats(), "trace_metric").pending == 0);
    check_books(client.stats());
  }

  TEST_CASE("a rate limit for metrics or their bytes stops them alone") {  // P6.4, C044
    for (const char* category : {"trace_metric", "trace_metric_byte"}) {
      CAPTURE(category);
      const ScopedClient client;
      client.transport().set_script([&](std::size_t call, std::string_view) {
        TransportResponse response{.status = 200};
        if (call == 1) response.rate_limits = std::string("60:") + category + ":organization";
        return response;
      });
      capture_message("first");
      static_cast<void>(client.captured());
      metrics::count("n");
      capture_message("second");
      const auto captured = client.captured();
      CHECK(records(captured).empty());
      CHECK(captured.messages().size() == 2);
      const Stats stats = client.stats();
      CHECK(row(stats, "trace_metric").dropped.at("ratelimit_backoff") == 1);
      CHECK(row(stats, "trace_metric_byte").dropped.at("ratelimit_backoff") == 9);
      check_books(stats);
    }
  }

  TEST_CASE("in a full queue metrics leave before errors, and are counted one by one") {  // P7.7
    const ScopedClient client({.max_queue_items = 8});
    client.transport().hold();
    capture_message("under way");
    REQUIRE(client.transport().wait_for_calls(1, 10s));
    for (int i = 0; i < 2000; ++i) metrics::count("n");
    for (int i = 0; i < 7; ++i) capture_message("kept");
    check_books(client.stats());
    client.transport().release();
    CHECK(client.captured().messages().size() == 8);
    const Stats stats = client.stats();
    CHECK(row(stats, "trace_metric").dropped.at("queue_overflow") >= 1200);
    CHECK(row(stats, "trace_metric").captured == 2000);
    check_books(stats);
  }

  TEST_CASE("enable_metrics off sends nothing") {  // T13
    const ScopedClient client({.enable_metrics = false});
    metrics::count("n");
    record_command_metric({.command = "ban", .duration = 3ms});
    CHECK(client.captured().envelopes().empty());
    CHECK(row(client.stats(), "trace_metric").captured == 0);
  }

  TEST_CASE("the six helpers make the names, units and attributes of their table") {  // T13
    const ScopedClient client({.domain = "bot"});
    SUBCASE("command") {
      record_command_metric({.command = "ban", .duration = 12ms});
      record_command_metric({.command = "ban",
                             .command_type = "slash",
                             .success = false,
                             .error_type = "DatabaseError"});
      const std::string failed =
          R"( command="ban" command_type="slash" success=false error_type="DatabaseError")";
      CHECK(
          lines(client.captured()) ==
          Lines{
              R"(bot.command.execution_time distribution 12 millisecond command="ban" success=true)",
              R"(bot.command.usage counter 1 command="ban" success=true)",
              "bot.command.usage counter 1" + failed, "bot.command.failures counter 1" + failed});
    }
    SUBCASE("database") {
      record_database_metric({.operation = "select", .duration = 1500us});
      record_database_metric({.operation = "insert",
                              .table = "cases",
                              .duration = 2ms,
                              .success = false,
                              .error_type = "Timeout",
                              .retries = 3});
      record_database_metric({.operation = "ping", .retries = 1});
      const std::string all =
          R"( operation="insert" table="cases" retry_count=3 success=false error_type="Timeout")";
      CHECK(
          lines(client.captured()) ==
          Lines{
              R"(bot.database.operation.duration distribution 1.5 millisecond operation="select" success=true)",
              R"(bot.database.operation.count counter 1 operation="select" success=true)",
              "bot.database.operation.duration distribution 2 millisecond" + all,
              "bot.database.operation.count counter 1" + all,
              R"(bot.database.retries counter 3 operation="insert" table="cases")",
              "bot.database.failures counter 1" + all,
              R"(bot.database.operation.count counter 1 operation="ping" retry_count=1 success=true)",
              R"(bot.database.retries counter 1 operation="ping" table="unknown")"});
    }
    SUBCASE("api") {
      record_api_metric({.service = "chat",
                         .endpoint = "/bans",
                         .method = "PUT",
                         .duration = 5ms,
                         .status_code = 429,
                         .success = false,
                         .rate_limited = true});
      const std::string all =
          R"( service="chat" endpoint="/bans" method="PUT" status_code=429 rate_limited=true)"
          " success=false";
      CHECK(lines(client.captured()) ==
            Lines{"bot.api.call.duration distribution 5 millisecond" + all,
                  "bot.api.call.count counter 1" + all,
                  R"(bot.api.rate_limits counter 1 service="chat" endpoint="/bans")",
                  "bot.api.failures counter 1" + all});
    }
    SUBCASE("module") {
      record_module_metric({.module = "Moderation", .operation = "load", .duration = 1ms});
      record_module_metric({.module = "Levels", .operation = "load", .success = false});
      CHECK(
          lines(client.captured()) ==
          Lines{
              R"(bot.cog.operation.duration distribution 1 millisecond cog="Moderation" operation="load" success=true)",
              R"(bot.cog.operation.count counter 1 cog="Moderation" operation="load" success=true)",
              R"(bot.cog.operation.count counter 1 cog="Levels" operation="load" success=false)",
              R"(bot.cog.failures counter 1 cog="Levels" operation="load" success=false)"});
    }
    SUBCASE("cache") {
      record_cache_metric({.cache = "users",
                           .operation = "get",
                           .duration = 1ms,
                           .hit = true,
                           .miss = true,
                           .size = 40});
      record_cache_metric({.cache = "users", .operation = "get", .miss = true});
      CHECK(
          lines(client.captured()) ==
          Lines{
              R"(bot.cache.operation.duration distribution 1 millisecond cache="users" operation="get")",
              R"(bot.cache.hits counter 1 cache="users" operation="get")",
              R"(bot.cache.size gauge 40 cache="users")",
              R"(bot.cache.misses counter 1 cache="users" operation="get")"});
    }
    SUBCASE("task") {
      record_task_metric({.task = "reminders",
                          .task_type = "periodic",
                          .duration = 7ms,
                          .success = false,
                          .error_type = "Timeout"});
      const std::string all =
          R"( task="reminders" task_type="periodic" success=false error_type="Timeout")";
      CHECK(lines(client.captured()) ==
            Lines{"bot.task.execution_time distribution 7 millisecond" + all,
                  "bot.task.executions counter 1" + all, "bot.task.failures counter 1" + all});
    }
  }

  TEST_CASE("the prefix of the helpers is an option, else the domain") {  // T13
    const auto name_with = [](Options options) {
      const ScopedClient client(std::move(options));
      record_task_metric({.task = "t"});
      return tests::text_at(records(client.captured()).at(0), "name");
    };
    CHECK(name_with({}) == "app.task.executions");
    CHECK(name_with({.domain = "shop"}) == "shop.task.executions");
    CHECK(name_with({.domain = "shop", .metric_prefix = "svc"}) == "svc.task.executions");
  }
}

}  // namespace
}  // namespace picket
