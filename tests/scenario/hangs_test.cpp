// Programs that hang tell why while they do.

#include "picket/json.hpp"
#include "support/program.hpp"
#include "support/thread_signals.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace picket {
namespace {

std::vector<Value> events_of(const tests::ProgramEnd& end) {
  std::vector<Value> events;
  for (const std::string& line : end.lines("EVENT")) {
    auto event = parse_json(line);
    REQUIRE(event);
    events.push_back(*std::move(event));
  }
  return events;
}

const Value& thread_named(const Value& event, std::string_view name) {
  static const Value none;
  const List* const threads = event.at("threads.values").as_list();
  REQUIRE(threads != nullptr);
  for (const Value& thread : *threads) {
    if (thread.at("name").text_or("") == name) return thread;
  }
  return none;
}

/// Functions of the host's own code, newest first.
std::string functions_of(const Value& holder) {
  std::string functions;
  const List* const frames = holder.at("stacktrace.frames").as_list();
  if (frames == nullptr) return "no frames";
  for (std::size_t i = frames->size(); i-- > 0;) {
    const std::string_view function = (*frames)[i].at("function").text_or("");
    if (function.starts_with("bank::")) functions += std::string(function) + ' ';
  }
  return functions;
}

const Value& exception_of(const Value& event) {
  const List* const exceptions = event.at("exception.values").as_list();
  REQUIRE(exceptions != nullptr);
  REQUIRE(exceptions->size() == 1);
  return exceptions->front();
}

long milliseconds(const tests::ProgramEnd& end, std::string_view word) {
  const auto lines = end.lines(word);
  REQUIRE(lines.size() == 1);
  return std::strtol(lines.front().c_str(), nullptr, 10);
}

/// A request that takes `time` and is reported at `limit`. Both ends of a busy machine are late.
void check_slow_request(const char* time, const char* limit, long time_ms, long limit_ms) {
  const auto end = tests::run_program({PICKET_HANGS_PROGRAM, "slow", time, limit});
  REQUIRE(end.code == 0);
  const long told = milliseconds(end, "TOLD");
  const long ended = milliseconds(end, "ENDED");
  CHECK(told >= limit_ms);
  CHECK(told < time_ms);
  CHECK(ended >= time_ms);
  CHECK(told < ended);
  const auto events = events_of(end);
  REQUIRE(events.size() == 1);
  const Value& exception = exception_of(events.front());
  CHECK(exception.at("type").text_or("") == "DeadlineExceeded");
  CHECK(functions_of(exception) == "bank::answer_slowly ");
  const List& frames = *exception.at("stacktrace.frames").as_list();
  const std::string_view top = frames.back().at("function").text_or("");
  CAPTURE(std::string(top));
  CHECK(top.find("nanosleep") != std::string_view::npos);
  CHECK(events.front().at("transaction").text_or("") == "GET /balance");
}

TEST_SUITE("scenario/hangs") {
  TEST_CASE("two threads that wait for each other's mutex: one event with both stacks" *
            doctest::skip(!tests::kThreadsTellStacks)) {  // P3.10
    const auto end = tests::run_program({PICKET_HANGS_PROGRAM, "deadlock"});
    REQUIRE(end.code == 0);
    const auto events = events_of(end);
    REQUIRE(events.size() == 1);
    const Value& event = events.front();
    const Value& exception = exception_of(event);
    CHECK(exception.at("type").text_or("") == "Stalled");
    // The one that beat is the exception's; the other stands among the threads.
    CHECK(functions_of(exception) == "bank::save ");
    CHECK(exception.at("thread_id").text_or("") ==
          thread_named(event, "saver").at("id").text_or("?"));
    CHECK(functions_of(thread_named(event, "withdrawer")) == "bank::withdraw ");
  }

  TEST_CASE("a request that is slow is told at its deadline, while it sleeps") {
    check_slow_request("600", "100", 600, 100);
  }

  TEST_CASE("a request of 3 s with a deadline of 1 s is told after 1 s") {
    check_slow_request("3000", "1000", 3000, 1000);
  }
}

}  // namespace
}  // namespace picket
