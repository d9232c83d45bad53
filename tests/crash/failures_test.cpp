// Every way to fail that we could think of. Each program ends as it would have ended without
// picket, and there is one report of it, with the right type, text and top frame.

#include "failure_run.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace picket::crash_tests {
namespace {

// clang-format off
const std::vector<Row> kUncaught{
    // way                          end        type             text                          frame
    {"uncaught",                    "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"uncaught-in-a-thread",        "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"uncaught-nested",             "SIGABRT", "StockError",    "^nothing to take$",          "shop::take_from_stock"},
    {"uncaught-number",             "SIGABRT", "int",           "^42$",                       "=shop::throw_number"},
    {"uncaught-rethrown",           "SIGABRT", "OrderError",    "^no such order: 17$",        "shop::throw_again"},
    {"thrown-through-noexcept",     "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"thrown-from-a-destructor",    "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"rethrow-of-nothing",          "SIGABRT", "std::terminate", "rethrown while there was none", "=shop::throw_nothing"},
    {"terminate",                   "SIGABRT", "std::terminate", "without an exception$",     "=shop::give_up"},
    {"joinable-thread-destroyed",   "SIGABRT", "std::terminate", "std::thread was destroyed", "shop::forget_thread"},
    {"pure-virtual-call",           "SIGABRT", "std::terminate", "pure virtual function",     "=shop::Shape::tell"},
    {"uncaught-bad-alloc",          "SIGABRT", "bad_alloc",     "^std::bad_alloc$",           "shop::order_too_much"},
    {"out-of-memory",               "SIGABRT", "bad_alloc",     "^std::bad_alloc$",           "=shop::use_up_memory"},
    {"uncaught-on-two-threads",     "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"terminate-handler-that-exits", "exit 7", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"uncaught-without-capture",    "SIGABRT", nullptr,         "",                           nullptr},
    {"uncaught-in-before-send",     "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"uncaught-during-init",        "SIGABRT", nullptr,         "",                           nullptr},
    {"uncaught-during-close",       "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order", Server::hangs},
    {"uncaught-after-close",        "SIGABRT", nullptr,         "",                           nullptr},
    {"static-initialiser",          "SIGABRT", "runtime_error", "^no configuration$",         "=shop::throw_early"},
    {"uncaught-in-a-child",         "exit 6",  "OrderError",    "^no such order: 17$",        "=shop::find_order"},
    {"uncaught-hung-server",        "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order", Server::hangs},
    {"uncaught-hung-server-without-spool", "SIGABRT", nullptr,  "",                           nullptr, Server::hangs, false},
    {"uncaught-dead-server",        "SIGABRT", "OrderError",    "^no such order: 17$",        "=shop::find_order", Server::is_gone},
    {"uncaught-dead-server-without-spool", "SIGABRT", nullptr,  "",                           nullptr, Server::is_gone, false},
    {"no-failure",                  "exit 0",  nullptr,         "",                           nullptr},
};
// clang-format on

std::string program() { return PICKET_CRASH_PROGRAM; }

/// The newest frame, and the newest of the host's own code.
struct Top {
  std::string all{};
  std::string own{};
};

Top top_of(const Value& exception) {
  Top top;
  const List* const frames = exception.at("stacktrace.frames").as_list();
  if (frames == nullptr) return top;
  for (const Value& frame : *frames) {
    const Value& function = frame.at("function");
    top.all = function.as_text() == nullptr ? "" : *function.as_text();
    if (frame.at("in_app") == Value(true)) top.own = top.all;
  }
  return top;
}

void check_report(const Row& row, const Value& event) {
  const List* const chain = event.at("exception.values").as_list();
  REQUIRE(chain != nullptr);
  REQUIRE(!chain->empty());
  const Value& failure = chain->back();
  CHECK(failure.at("type") == Value(row.type));
  const std::string* const text = failure.at("value").as_text();
  const std::string said = text == nullptr ? "" : *text;
  CAPTURE(said);
  CHECK(std::regex_search(said, std::regex(row.text)));
  CHECK(failure.at("mechanism.handled") == Value(false));
  CHECK(event.at("level") == Value("fatal"));
  CHECK(event.at("release") == Value("shop@1.4.0"));
  if (row.frame == nullptr) return;
  const Top top = top_of(failure);
  const std::string_view frame = row.frame;
  if (frame.starts_with('=')) {
    CHECK(top.all == frame.substr(1));
  } else {
    CHECK(top.own == frame);
  }
}

void check(const Row& row, const Outcome& outcome) {
  CAPTURE(row.way);
  CHECK(outcome.end_without == row.end);
  CHECK(outcome.end_with == row.end);
  CHECK(outcome.complaints == "");
  MESSAGE(row.way << ": " << outcome.time.count() << " ms, " << outcome.at_once.size()
                  << " at once");
  CHECK(outcome.in_all.size() == (row.type == nullptr ? 0U : 1U));
  if (row.type != nullptr && !outcome.in_all.empty()) check_report(row, outcome.in_all.front());
}

/// Those alone that the environment names, for somebody who looks at one of them.
std::vector<Row> chosen(const std::vector<Row>& rows) {
  const char* const way = std::getenv("PICKET_CRASH_WAY");
  if (way == nullptr) return rows;
  std::vector<Row> some;
  for (const Row& row : rows) {
    if (row.way == std::string_view(way)) some.push_back(row);
  }
  return some;
}

void check_all(const std::vector<Row>& all) {
  const std::vector<Row> rows = chosen(all);
  const std::vector<Outcome> outcomes = run_all(rows, program());
  for (std::size_t i = 0; i < rows.size(); ++i) check(rows[i], outcomes[i]);
}

TEST_SUITE("crash/failures") {
  TEST_CASE("what nobody catches is reported once as what it is") {  // P7.19, C057, C178
    check_all(kUncaught);
  }

  TEST_CASE("a report of an uncaught exception brings its chain, its thread and its scope") {
    const Row nested{"uncaught-nested", "SIGABRT", "StockError", "^nothing to take$", nullptr};
    const Outcome outcome = run(nested, program());
    REQUIRE(outcome.at_once.size() == 1);  // it did not have to wait for the next start
    const Value& event = outcome.at_once.front();
    CHECK(event.at("exception.values.0.type") == Value("OrderError"));  // P3.6
    CHECK(event.at("exception.values.0.value") == Value("no such order: 17"));
    const Value& failure = event.at("exception.values.1");
    CHECK(failure.at("mechanism.type") == Value("auto.cpp.terminate"));  // C057
    CHECK(failure.at("module") == Value("shop"));
    CHECK(event.at("tags.way") == Value("uncaught-nested"));
    CHECK(event.at("breadcrumbs.values.0.message") == Value("about to fail"));
    CHECK(event.at("threads.values.0.crashed") == Value(true));
    CHECK(event.at("threads.values.0.main") == Value(true));
    CHECK(event.at("threads.values.0.id") == failure.at("thread_id"));
    CHECK(event.at("debug_meta.images.0.type") == Value("elf"));
  }
}

}  // namespace
}  // namespace picket::crash_tests
