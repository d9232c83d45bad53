// A server that answers, but not as one would like.

#include "driver/expected.hpp"
#include "driver/steps.hpp"

#include <fmt/format.h>

namespace demo {

namespace {

/// A bot with one thread whose retries do not wait long.
std::vector<std::string> flags_for(const Ingest& ingest) {
  return {"--dsn", ingest.dsn(), "--threads", "1", "--retry-backoff", "100"};
}

Fact from(int person) {
  return {"exception/values/-1/value", fmt::format("Timeout on request of person {}", person)};
}

std::string failure_of(int person) { return fmt::format("@{} large !fail Timeout", person); }

void passing_trouble(Stage& stage) {
  Ingest ingest(stage.places(), {"--fault", "1-2:503"});
  Bot bot(stage.places(), flags_for(ingest));
  for (const int person : {1, 2, 3}) bot.ask(failure_of(person));
  ingest.wait_for_requests(5);  // a bot that ends would try only once more
  bot.finish();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);
  stage.checks().equal("503: requests turned away", 2U, arrivals.refused);
  Expected expected(stage.checks(), arrivals);
  for (const int person : {1, 2, 3}) expected.event("503: tried again, once each", {from(person)});
  expected.absorbed(3);
  expected.nothing_else();
}

/// A fault of the first request that asks for two seconds of silence.
struct Silence {
  std::string name{};
  std::string fault{};
  bool first_arrives = false;
  bool is_traced = false;  // transactions are sent too; the silence is for errors alone
};

/// What fails during the silence is dropped and reported; what fails after it arrives.
void told_to_wait(Stage& stage, const Silence& silence) {
  Ingest ingest(stage.places(), {"--fault", silence.fault});
  std::vector<std::string> flags = flags_for(ingest);
  if (silence.is_traced) flags.insert(flags.end(), {"--traces-sample-rate", "1"});
  Bot bot(stage.places(), flags);
  bot.ask(failure_of(1));
  ingest.wait_for_requests(1);
  for (const int person : {2, 3}) bot.ask(failure_of(person));
  bot.ask("@1 large !slow 2.5");
  bot.ask(failure_of(4));
  bot.finish();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);
  Expected expected(stage.checks(), arrivals);
  if (silence.first_arrives) expected.event(silence.name + ": before", {from(1)});
  expected.event(silence.name + ": after the wait", {from(4)});
  for (const char* person : {"1", "2", "3", "1", "4"}) {
    if (!silence.is_traced) break;
    expected.transaction(silence.name + ": transactions pass", {{"user/id", person}},
                         {{"contexts/trace/op", "command"}});
  }
  expected.dropped("error ratelimit_backoff", 2);
  expected.absorbed(4);
  expected.nothing_else();
}

}  // namespace

void server_faults(Stage& stage) {
  passing_trouble(stage);
  told_to_wait(stage, {.name = "429", .fault = "1:429,Retry-After=2"});
  told_to_wait(stage, {.name = "limit on errors",
                       .fault = "1:200,X-Sentry-Rate-Limits=2:error:organization",
                       .first_arrives = true,
                       .is_traced = true});
}

}  // namespace demo
