// The ready-made hooks, and the names of ops.

#include "picket/filters.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace picket {
namespace {

using filters::ChainMatch;
using filters::MessageMatch;
using testing::CapturedTransaction;
using testing::ScopedClient;

bool drops(const BeforeSend& filter, Event event) {
  Hint hint;
  return filter(event, hint) == Verdict::drop;
}

/// Types from the innermost to the outermost, `module|type`.
Event chain(const std::vector<std::pair<std::string, std::string>>& types) {
  Event event;
  for (const auto& [module, type] : types) {
    event.exceptions.push_back({.type = type, .value = "value of " + type, .module = module});
  }
  return event;
}

Event message(std::string text) {
  Event event;
  event.message = LogEntry{.formatted = std::move(text)};
  return event;
}

SpanData span(std::string id, std::string parent, std::string op, std::string description,
              int milliseconds = 1) {
  SpanData data{.span_id = std::move(id),
                .parent_span_id = std::move(parent),
                .op = std::move(op),
                .description = std::move(description)};
  data.timestamp = data.start_timestamp + std::chrono::milliseconds(milliseconds);
  return data;
}

/// `id<parent` of each span.
std::vector<std::string> tree(const Event& event) {
  std::vector<std::string> lines;
  for (const SpanData& span : event.spans)
    lines.push_back(span.span_id + "<" + span.parent_span_id);
  return lines;
}

using Lines = std::vector<std::string>;

TEST_SUITE("spec/filters") {
  TEST_CASE("types are named bare or qualified, with colons or dots") {  // S8.2, A5
    struct Row {
      const char* name;
      const char* module;
      const char* type;
      bool dropped;
    };
    const Row rows[] = {
        {"Timeout", "shop::db", "Timeout", true},
        {"Timeout", "", "Timeout", true},
        {"db::Timeout", "shop::db", "Timeout", true},
        {"db.Timeout", "shop::db", "Timeout", true},
        {"shop.db.Timeout", "shop::db", "Timeout", true},
        {"shop::db::Timeout", "shop.db", "Timeout", true},
        {"shop::db::Timeout", "", "Timeout", true},  // the module is not known
        {"Timeout", "", "shop.db.Timeout", true},    // it is in the type
        {"shop::Timeout", "shop::db", "Timeout", false},
        {"b::Timeout", "shop::db", "Timeout", false},
        {"Timeout", "shop::db", "SlowTimeout", false},
        {"timeout", "shop::db", "Timeout", false},
        {"Failure<int>", "shop", "Failure<int>", true},
        {"", "", "", false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      CAPTURE(row.module);
      CHECK(drops(filters::drop_exception_types({row.name}), chain({{row.module, row.type}})) ==
            row.dropped);
    }
    CHECK_FALSE(drops(filters::drop_exception_types({"Timeout"}), message("Timeout")));
  }

  TEST_CASE("of a chain the innermost is looked at, or the outermost, or all") {  // S8.2,
                                                                                  // A4
    const Event event = chain({{"", "Inner"}, {"", "Middle"}, {"", "Outer"}});
    struct Row {
      ChainMatch match;
      bool inner, middle, outer;
    };
    for (const Row& row :
         {Row{ChainMatch::innermost, true, false, false},
          Row{ChainMatch::outermost, false, false, true}, Row{ChainMatch::any, true, true, true}}) {
      CHECK(drops(filters::drop_exception_types({"Inner"}, row.match), event) == row.inner);
      CHECK(drops(filters::drop_exception_types({"Middle"}, row.match), event) == row.middle);
      CHECK(drops(filters::drop_exception_types({"Outer"}, row.match), event) == row.outer);
    }
    CHECK(drops(filters::drop_exception_types({"Inner"}), event));
  }

  TEST_CASE("messages are searched in any letter case") {  // S8.3, A6
    const BeforeSend filter = filters::drop_message_containing("rate LIMIT");
    CHECK(drops(filter, message("Rate Limit hit")));
    CHECK(drops(filter, message("RATE LIMIT")));
    CHECK(drops(filter, message("hit the rate limit")));
    CHECK_FALSE(drops(filter, message("rate  limit")));
    CHECK_FALSE(drops(filter, Event{}));  // an absent message is an empty one
    CHECK_FALSE(drops(filters::drop_message_containing(""), message("x")));
    Event templated;
    templated.message = LogEntry{.message = "Rate limit of %s"};
    CHECK(drops(filter, templated));
  }

  TEST_CASE("texts of exceptions are searched only when asked for") {  // S8.3, A6
    Event event = chain({{"", "Inner"}, {"", "Outer"}});
    event.exceptions[0].value = "Rate Limit";
    CHECK_FALSE(drops(filters::drop_message_containing("rate limit"), event));
    CHECK(drops(filters::drop_message_containing("rate limit", MessageMatch::with_exceptions),
                event));
  }

  TEST_CASE("loggers are dropped with those below them") {  // S8.1
    const BeforeSend filter = filters::drop_loggers({"net.http", ""});
    const auto of = [](const char* logger) {
      Event event;
      event.logger = logger;
      return event;
    };
    CHECK(drops(filter, of("net.http")));
    CHECK(drops(filter, of("net.http.client")));
    CHECK_FALSE(drops(filter, of("net.https")));
    CHECK_FALSE(drops(filter, of("net")));
    CHECK_FALSE(drops(filter, of("")));
  }

  TEST_CASE("of several filters the first drop wins") {  // S8.1
    int later = 0;
    const BeforeSend filter =
        filters::all({{}, filters::drop_message_containing("stop"), [&](Event& event, Hint&) {
                        ++later;
                        event.tags["later"] = "yes";
                        return Verdict::keep;
                      }});
    CHECK(drops(filter, message("stop")));
    CHECK(later == 0);
    CHECK_FALSE(drops(filter, message("go")));
    CHECK(later == 1);
    CHECK_FALSE(drops(filters::all({}), message("x")));
  }

  TEST_CASE("filters that throw drop, those that keep let the rest pass") {  // S8.5
    const ScopedClient client(
        {.before_send = filters::all(
             {filters::drop_exception_types({"invalid_argument", "commands.BadArgument"}),
              filters::drop_message_containing("rate limit"), [](Event& event, Hint&) -> Verdict {
                if (event.tags.contains("boom")) throw std::runtime_error("filter is broken");
                return Verdict::keep;
              }})});
    capture_exception(std::invalid_argument("x"));
    capture_message("Rate Limit hit");
    capture_message("x", Level::info, {.tags = {{"boom", "1"}}});
    capture_exception(std::runtime_error("a normal one"));
    const auto captured = client.captured();
    CHECK(captured.events().size() == 1);
    CHECK(captured.reported("before_send", "error") == 3);
  }

  TEST_CASE("spans to noisy hosts are taken out, their children stay") {  // T15
    Event event;
    event.spans = {span("a", "root", "http.client", "GET https://api.chat.example:443/v1/x"),
                   span("b", "a", "db.query", "SELECT 1"),
                   span("c", "b", "http.client", "GET /v2"),
                   span("d", "c", "http.client", "POST https://user@gw.CHAT.example/v3?q=1"),
                   span("e", "d", "task", "inner"),
                   span("f", "root", "http.client", "GET https://notchat.example/"),
                   span("g", "root", "http.client", "GET https://other.example/?u=chat.example")};
    event.spans[2].data.set("url.full", Value("https://chat.example/v2"));
    Hint hint;
    CHECK(filters::group_spans({"chat.example", ""})(event, hint) == Verdict::keep);
    CHECK(tree(event) == Lines{"b<root", "e<b", "f<root", "g<root"});
  }

  TEST_CASE("equal spans become one, with count, sum and maximum") {  // T15
    const std::string fifty(50, 'x');
    Event event;
    event.spans = {span("a", "root", "db.query", fifty + "1", 10),
                   span("b", "root", "db.query", fifty + "2", 30),
                   span("c", "b", "task", "child of the second"),
                   span("d", "c", "db.query", fifty + "3", 2),
                   span("e", "d", "task", "child of the third"),
                   span("f", "root", "db.query", fifty.substr(1) + "1"),
                   span("g", "root", "cache.get", fifty)};
    Hint hint;
    filters::group_spans()(event, hint);
    CHECK(tree(event) == Lines{"a<root", "c<root", "e<c", "f<root", "g<root"});
    CHECK(event.spans[0].description == fifty + "1 (x3)");
    CHECK(event.spans[0].data.find("grouped_count")->number_or(0) == 3);
    CHECK(event.spans[0].data.find("grouped_duration_sum_ms")->number_or(0) == doctest::Approx(42));
    CHECK(event.spans[0].data.find("grouped_duration_max_ms")->number_or(0) == doctest::Approx(30));
    CHECK(event.spans[3].description == fifty.substr(1) + "1");
    CHECK(event.spans[3].data.find("grouped_count") == nullptr);
  }

  TEST_CASE("characters are compared, not bytes") {  // T15
    std::string wide;
    for (int i = 0; i < 49; ++i) wide += "\xc3\xa9";
    Event event;
    event.spans = {span("a", "root", "q", wide + "a1"), span("b", "root", "q", wide + "a2"),
                   span("c", "root", "q", wide + "b1")};
    Hint hint;
    filters::group_spans()(event, hint);
    CHECK(tree(event) == Lines{"a<root", "c<root"});
  }

  TEST_CASE(
      "no parent is missing afterwards, and what was taken out is "
      "counted") {  // T15, S8.10
    const ScopedClient client({.traces_sample_rate = 1.0,
                               .before_send_transaction = filters::group_spans({"chat.example"})});
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban"});
      for (int i = 0; i < 10; ++i) {
        const auto call =
            start_span({.op = "http.client", .description = "GET https://chat.example/users"});
        const auto query = start_span({.op = "db.query", .description = "SELECT ?"});
        const auto inner = start_span({.op = "step", .description = "step " + std::to_string(i)});
      }
    }
    const auto captured = client.captured();
    const auto transaction = captured.last_transaction();
    REQUIRE(transaction);
    CHECK(transaction->spans().size() == 11);
    CHECK(transaction->with_op("db.query").at(0).description() == "SELECT ? (x10)");
    std::set<std::string> ids{transaction->span_id()};
    for (const auto& kept : transaction->spans()) ids.insert(kept.span_id());
    for (const auto& kept : transaction->spans()) CHECK(ids.contains(kept.parent_span_id()));
    capture_message("a report goes with the next envelope");
    CHECK(client.captured().reported("before_send", "span") == 19);
  }

  TEST_CASE("without the filter every span stays") {  // T15
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      const auto transaction = start_transaction({.op = "command", .name = "ban"});
      for (int i = 0; i < 3; ++i)
        start_span({.op = "db.query", .description = "SELECT ?"}).finish();
    }
    CHECK(client.captured().last_transaction()->spans().size() == 3);
  }

  TEST_CASE(
      "ops get their names on the way out, samplers and hooks see each "
      "its own") {  // T17
    struct Row {
      const char* op;
      const char* name;
    };
    const Row spans[] = {
        {"db", "db.query"},
        {"sql.select", "db.query"},
        {"db.redis", "db.redis"},
        {"db.sql.query", "db.sql.query"},
        {"http", "http.client"},
        {"HTTP", "http.client"},
        {"http.get", "http.client"},
        {"cache", "cache.get"},
        {"cache.set", "cache.put"},
        {"cache.delete.many", "cache.remove"},
        {"task", "queue.task"},
        {"task.cleanup", "queue.task"},
        {"queue.publish", "queue.publish"},
        {"tasks", "tasks"},
        {"own.op", "own.op"},
        {"", ""},
    };
    std::string sampled_op;
    std::string hook_op;
    const ScopedClient client({.traces_sampler =
                                   [&](const SamplingContext& context) {
                                     sampled_op = context.op;
                                     return 1.0;
                                   },
                               .normalize_ops = true,
                               .before_send_transaction =
                                   [&](Event& event, Hint&) {
                                     hook_op = event.trace->op;
                                     return Verdict::keep;
                                   }});
    {
      const auto transaction = start_transaction({.op = "task", .name = "tick"});
      for (const Row& row : spans) start_span({.op = row.op, .description = row.op}).finish();
    }
    const auto transaction = client.captured().last_transaction();
    REQUIRE(transaction);
    CHECK(sampled_op == "task");
    CHECK(hook_op == "queue.task");
    CHECK(transaction->op() == "queue.task");
    REQUIRE(transaction->spans().size() == std::size(spans));
    for (std::size_t i = 0; i < std::size(spans); ++i) {
      CAPTURE(spans[i].op);
      CHECK(transaction->spans()[i].op() == spans[i].name);
    }
  }

  TEST_CASE(
      "the op of a transaction is guessed from its name when it has "
      "none") {  // T17
    struct Row {
      const char* name;
      const char* op;
      const char* made;
    };
    const ScopedClient client({.traces_sample_rate = 1.0, .normalize_ops = true});
    for (const Row& row :
         {Row{"GET /cart/{id}", "", "http.server"}, Row{"/cart", "", "http.server"},
          Row{"task.cleanup", "", "queue.task"}, Row{"cron nightly", "", "queue.task"},
          Row{"ban_user", "", ""}, Row{"getter", "", ""}, Row{"GET /", "http", "http.server"},
          Row{"x", "db", "db.query"}, Row{"GET /", "command", "command"}}) {
      CAPTURE(row.name);
      start_transaction({.op = row.op, .name = row.name}).finish();
      CHECK(client.captured().last_transaction()->op() == row.made);
    }
  }

  TEST_CASE("without the option ops leave as they are") {  // T17, A2
    const ScopedClient client({.traces_sample_rate = 1.0});
    {
      const auto transaction = start_transaction({.op = "task", .name = "GET /"});
      start_span({.op = "db"}).finish();
    }
    const auto transaction = client.captured().last_transaction();
    CHECK(transaction->op() == "task");
    CHECK(transaction->spans().at(0).op() == "db");
  }
}

}  // namespace
}  // namespace picket
