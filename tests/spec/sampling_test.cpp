// Which transactions are kept: who decides, with which number, and what the others are told.

#include "picket/picket.hpp"
#include "picket/samplers.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;

constexpr const char* kUpstream = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a-a1b2c3d4e5f60718";

std::vector<double> even_sequence(std::size_t count) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(static_cast<double>(i) / static_cast<double>(count));
  }
  return numbers;
}

std::size_t kept_of_a_thousand(ScopedClient& client, std::string_view op, std::string_view name) {
  client.random().set(even_sequence(1000));
  const auto left_out = [&]() -> std::size_t {
    const CategoryStats stats = client.stats().of("transaction");
    const auto found = stats.dropped.find("sample_rate");
    return found == stats.dropped.end() ? 0 : found->second;
  };
  const std::size_t before = left_out();
  for (int i = 0; i < 1000; ++i) {
    const auto isolated = isolate();
    const auto transaction = start_transaction({.op = op, .name = name});
  }
  return 1000 - (left_out() - before);
}

bool is_kept(const TransactionArgs& args = {.name = "x"}) {
  return start_transaction(args).is_recording();
}

TEST_SUITE("spec/sampling") {
  TEST_CASE("without a rate nothing is sent, 0 keeps none, 1 keeps all") {  // C081
    struct Row {
      const char* name;
      std::optional<double> rate;
      bool kept;
    };
    for (const Row& row :
         {Row{"unset", {}, false}, Row{"zero", 0.0, false}, Row{"one", 1.0, true}}) {
      CAPTURE(row.name);
      ScopedClient client({.traces_sample_rate = row.rate});
      client.random().set({0.999999});
      CHECK(is_kept() == row.kept);
      CHECK(client.captured().transactions().size() == (row.kept ? 1 : 0));
      // What is not traced at all is no loss. P4.6 rule 1
      CHECK(client.stats().of("transaction").dropped_total() == (row.rate && !row.kept ? 1U : 0U));
    }
  }

  TEST_CASE("the call beats the sampler beats the parent beats the rate, in all combinations") {
    // S8.9
    // C082, S8.9: nothing, no, yes for each of the four
    const std::vector<std::optional<bool>> answers{std::nullopt, false, true};
    for (const auto& call : answers) {
      for (const auto& sampler : answers) {
        for (const auto& parent : answers) {
          for (const auto& rate : answers) {
            Options options;
            if (sampler) {
              options.traces_sampler = [&](const SamplingContext&) { return *sampler ? 1.0 : 0.0; };
            }
            if (rate) options.traces_sample_rate = *rate ? 1.0 : 0.0;
            ScopedClient client(std::move(options));
            client.random().set({0.5});
            if (parent) continue_trace(std::string(kUpstream) + (*parent ? "-1" : "-0"), "");
            const bool is_tracing = sampler || rate;
            const bool expected =
                is_tracing &&
                call.value_or(sampler.value_or(parent.value_or(rate.value_or(false))));
            const std::string row =
                std::to_string(call ? *call : 2) + std::to_string(sampler ? *sampler : 2) +
                std::to_string(parent ? *parent : 2) + std::to_string(rate ? *rate : 2);
            CAPTURE(row);
            CHECK(is_kept({.name = "x", .sampled = call}) == expected);
          }
        }
      }
    }
  }

  TEST_CASE("the sampler sees name, op, parent and the host's data") {  // C083, S8.7
    SamplingContext seen;
    std::string name;
    std::string op;
    double weight = 0;
    ScopedClient client({.traces_sampler = [&](const SamplingContext& context) {
      seen = context;
      name = context.name;
      op = context.op;
      weight = context.data.to_object().find("weight")->number_or(0);
      return 1.0;
    }});
    continue_trace(std::string(kUpstream) + "-1", "sentry-sample_rate=0.25,sentry-sample_rand=0.1");
    CHECK(is_kept({.op = "command",
                   .name = "ban_user",
                   .source = TransactionSource::task,
                   .sampling_data = {{"weight", 2.5}}}));
    CHECK(name == "ban_user");
    CHECK(op == "command");
    CHECK(seen.source == TransactionSource::task);
    CHECK(seen.parent_sampled == true);
    CHECK(seen.parent_sample_rate == 0.25);
    CHECK(weight == 2.5);
  }

  TEST_CASE("a throwing sampler counts as none, a rate that is none keeps nothing") {  // S8.9
    struct Row {
      const char* name;
      TracesSampler sampler;
      std::optional<bool> parent;
      std::optional<double> rate;
      bool kept;
    };
    const TracesSampler throws = [](const SamplingContext&) -> double {
      throw std::runtime_error("sampler is broken");
    };
    const auto answers = [](double rate) {
      return [rate](const SamplingContext&) { return rate; };
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Row> rows{{"throws, parent yes", throws, true, 0.0, true},
                                {"throws, parent no", throws, false, 1.0, false},
                                {"throws, rate", throws, {}, 1.0, true},
                                {"throws, nobody else", throws, {}, {}, false},
                                {"NaN", answers(nan), true, 1.0, false},
                                {"2", answers(2.0), true, 1.0, false},
                                {"-1", answers(-1.0), true, 1.0, false}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      ScopedClient client({.traces_sample_rate = row.rate, .traces_sampler = row.sampler});
      if (row.parent) continue_trace(std::string(kUpstream) + (*row.parent ? "-1" : "-0"), "");
      CHECK(is_kept() == row.kept);
      REQUIRE(client.diagnostics().size() == 1);
      CHECK(client.diagnostics()[0].find("traces_sampler") != std::string::npos);
    }
  }

  TEST_CASE("a rate that is none becomes a complaint and no tracing") {  // P4.6 rule 5
    for (const double rate : {2.0, -1.0, std::nan("")}) {
      CAPTURE(rate);
      ScopedClient client({.traces_sample_rate = rate});
      CHECK_FALSE(is_kept());
      REQUIRE(client.diagnostics().size() == 1);
      CHECK(client.diagnostics()[0].find("Options::traces_sample_rate") != std::string::npos);
    }
  }

  TEST_CASE("the environment's rate counts when the option is not set") {  // S3.4, P7.1
    const tests::ScopedEnv rate("SENTRY_TRACES_SAMPLE_RATE", "1");
    {
      ScopedClient client;
      CHECK(is_kept());
    }
    ScopedClient client({.traces_sample_rate = 0.0});
    CHECK_FALSE(is_kept());
  }

  TEST_CASE("one number per transaction, its spans share the decision") {  // S8.7
    ScopedClient client({.traces_sample_rate = 0.5});
    client.random().set({0.4, 0.6});
    const std::size_t before = client.random().draws();
    {
      const auto transaction = start_transaction({.name = "kept"});
      const auto span = start_span({.op = "a"});
      CHECK(span.is_recording());
    }
    CHECK(client.random().draws() == before + 1);
    {
      const auto transaction = start_transaction({.name = "left out"});
      const auto span = start_span({.op = "a"});
      CHECK(span);
      CHECK_FALSE(span.is_recording());
    }
    CHECK(client.random().draws() == before + 2);
    CHECK(client.captured().transactions().size() == 1);
  }

  TEST_CASE("rules express the service's four, and a name beats an op") {  // S8.8
    ScopedClient client({.traces_sampler = samplers::command_service()});
    CHECK(kept_of_a_thousand(client, "", "error") == 1000);
    CHECK(kept_of_a_thousand(client, "command", "ping") == 100);
    CHECK(kept_of_a_thousand(client, "task", "cleanup") == 10);
    CHECK(kept_of_a_thousand(client, "http.server", "GET /") == 100);
    CHECK(kept_of_a_thousand(client, "command", "error") == 1000);
  }

  TEST_CASE("the sampler for busy services") {  // T16
    ScopedClient client({.traces_sampler = samplers::busy_service()});
    CHECK(kept_of_a_thousand(client, "command.run", "x") == 100);
    CHECK(kept_of_a_thousand(client, "interaction", "x") == 100);
    CHECK(kept_of_a_thousand(client, "db.query", "x") == 50);
    CHECK(kept_of_a_thousand(client, "http.client", "x") == 50);
    CHECK(kept_of_a_thousand(client, "task", "x") == 20);
    CHECK(kept_of_a_thousand(client, "tasks", "x") == 10);
  }

  TEST_CASE("rules inherit a decision that came with the trace, unless told not to") {  // S8.8
    const std::vector<samplers::Rule> all{{.rate = 1.0}};
    for (const bool inherit : {true, false}) {
      CAPTURE(inherit);
      ScopedClient client({.traces_sampler = samplers::rules(all, 0.0, inherit)});
      continue_trace(std::string(kUpstream) + "-0", "");
      CHECK(is_kept() == !inherit);
    }
  }

  TEST_CASE("a transaction that is not sampled is counted with its spans") {  // C086, P5.9 rule 2
    ScopedClient client({.traces_sample_rate = 0.0});
    {
      const auto transaction = start_transaction({.name = "x"});
      for (int i = 0; i < 3; ++i) const auto span = start_span({.op = "y"});
    }
    client.client().flush(std::chrono::seconds(5));
    const auto captured = client.captured();
    CHECK(captured.reported("sample_rate", "transaction") == 1);
    CHECK(captured.reported("sample_rate", "span") == 4);
  }

  TEST_CASE("children of a transaction that is not sampled stand for it") {  // S6.8, P4.9
    ScopedClient client({.traces_sample_rate = 0.0});
    Span late;
    {
      const auto transaction = start_transaction({.name = "x"});
      auto child = start_span({.op = "y"});
      CHECK(child);
      CHECK_FALSE(child.is_recording());
      CHECK(child.trace_id() == transaction.trace_id());
      CHECK(child.span_id() == transaction.span_id());
      CHECK(current_span().span_id() == transaction.span_id());
      REQUIRE(child.trace_headers().size() == 2);
      CHECK(child.trace_headers()[0].second ==
            transaction.trace_id() + "-" + transaction.span_id() + "-0");
      const auto detached = child.start_child({.op = "z"});
      CHECK(detached.trace_id() == transaction.trace_id());
      const auto measured = start_span({.op = "db.query"});
      CHECK(measured.trace_id() == transaction.trace_id());
      late = std::move(child);
    }
    CHECK(late.span_id().empty());
    const auto other = start_transaction({.name = "recorded", .sampled = true});
    CHECK(other.is_recording());
    CHECK(late.span_id().empty());
    CHECK(late.trace_headers().empty());
    late.set_data("nothing", 1).set_status(SpanStatus::ok).finish();
  }

  TEST_CASE("one that is not sampled may end on another thread, and its thread go on") {  // S6.9
    ScopedClient client({.traces_sample_rate = 0.0});
    for (int i = 0; i < 100; ++i) {
      auto transaction = start_transaction({.name = "x"});
      const auto span = start_span({.op = "y"});
      std::thread([moved = std::move(transaction)]() mutable { moved.finish(); }).join();
      const auto next = start_transaction({.name = "z"});
      CHECK_FALSE(next.span_id().empty());
      CHECK(span.span_id().empty());
    }
    CHECK(client.stats().of("transaction").dropped.at("sample_rate") == 200);
    CHECK(client.stats().of("span").dropped.at("sample_rate") == 300);
  }

  TEST_CASE("the error rate does not touch transactions, nor the traces' rate errors") {  // C084
    ScopedClient client({.sample_rate = 0.0, .traces_sample_rate = 1.0});
    CHECK(is_kept());
    ScopedClient other({.traces_sample_rate = 0.0});
    CHECK_FALSE(capture_message("x").is_nil());
  }

  TEST_CASE("the number in the baggage is the one that decided") {  // C085, C087, P4.7 rule 4
    ScopedClient client({.traces_sample_rate = 0.25});
    for (const double number : {0.2499999, 0.25, 0.0, 0.9999999}) {
      CAPTURE(number);
      client.random().set({number});
      const auto transaction = start_transaction({.name = "x"});
      const auto headers = trace_headers();
      REQUIRE(headers.size() == 2);
      const std::string& baggage = headers[1].second;
      const bool kept = transaction.is_recording();
      CHECK(kept == (number < 0.25));
      CHECK(headers[0].second.ends_with(kept ? "-1" : "-0"));
      CHECK((baggage.find("sentry-sampled=true") != std::string::npos) == kept);
      CHECK(baggage.find("sentry-sample_rate=0.25") != std::string::npos);
      const std::size_t at = baggage.find("sentry-sample_rand=0.");
      REQUIRE(at != std::string::npos);
      CHECK(std::stod(baggage.substr(at + 19, 8)) <= number);
    }
  }
}

}  // namespace
}  // namespace picket
