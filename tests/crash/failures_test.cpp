// Every way to fail that we could think of. Each program ends as it would have ended without
// picket, and there is one report of it, with the right type, text and top frame.

#include "failure_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace picket::crash_tests {
namespace {

std::string program() { return PICKET_CRASH_PROGRAM; }

std::string text_at(const Value& value, const char* path) {
  const std::string* const text = value.at(path).as_text();
  return text == nullptr ? std::string() : *text;
}

/// The newest frame, and the newest of the host's own code.
struct Top {
  std::string all{};
  std::string own{};
  std::string address{};
};

/// A server that has the debug files names everything anew, and needs the image of each address for
/// that.
bool is_in_an_image(const std::string& address, const Value& event) {
  const auto number = [](const std::string& hex) {
    return std::strtoull(hex.c_str(), nullptr, 16);
  };
  const List* const images = event.at("debug_meta.images").as_list();
  if (images == nullptr) return false;
  return std::any_of(images->begin(), images->end(), [&](const Value& image) {
    const auto start = number(text_at(image, "image_addr"));
    const std::int64_t* const size = image.at("image_size").as_int();
    const auto at = number(address);
    return size != nullptr && at >= start && at - start < static_cast<std::uint64_t>(*size) &&
           !text_at(image, "debug_id").empty();
  });
}

Top top_of(const Value& exception) {
  Top top;
  const List* const frames = exception.at("stacktrace.frames").as_list();
  if (frames == nullptr) return top;
  for (const Value& frame : *frames) {
    top.all = text_at(frame, "function");
    const auto address = text_at(frame, "instruction_addr");
    if (!address.empty() && address != "0x0") top.address = address;
    if (frame.at("in_app") == Value(true)) top.own = top.all;
  }
  return top;
}

void check_report(const Row& row, const Value& event) {
  const List* const chain = event.at("exception.values").as_list();
  REQUIRE(chain != nullptr);
  REQUIRE(!chain->empty());
  const Value& failure = chain->back();
  CHECK(text_at(failure, "type") == std::string(row.type));
  const std::string said = text_at(failure, "value");
  CAPTURE(said);
  CHECK(std::regex_search(said, std::regex(row.text)));
  CHECK(failure.at("mechanism.handled") == Value(false));
  CHECK(event.at("level") == Value("fatal"));
  CHECK(event.at("release") == Value("shop@1.4.0"));
  const Top top = top_of(failure);
  CHECK(is_in_an_image(top.address, event));
  const std::string_view frame = row.frame;
  if (frame == "@") return;
  if (frame.starts_with('=')) {
    CHECK(top.all == frame.substr(1));
  } else {
    CHECK(top.own == frame);
  }
}

void check(const Row& row, const Outcome& outcome) {
  const std::string way = row.way;
  CAPTURE(way);
  CHECK(outcome.end_without == std::string(row.end));
  CHECK(outcome.end_with == std::string(row.end));
  CHECK(outcome.complaints == "");
  CAPTURE(outcome.stored);
  CAPTURE(outcome.left);
  MESSAGE(way << ": " << outcome.time.count() << " ms, " << outcome.at_once.size() << " at once");
  CHECK((outcome.at_once.empty() || !row.later));
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

/// As a cell of a table, or nothing.
std::string cell(std::string text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '|') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string remark(const Row& row) {
  if (row.type == nullptr) return "not reported";
  std::string text = std::string("`") + row.type + "`";
  if (row.server != Server::listens || row.later) text += ", by the next start";
  return text;
}

void append(const std::vector<Row>& rows, std::string& page) {
  page += "| what happens | how the process ends | reported as |\n|---|---|---|\n";
  for (const Row& row : rows) {
    page += "| " + cell(row.what) + " | " + row.end + " | " + cell(remark(row)) + " |\n";
  }
}

/// docs/failures.md
std::string failures_page() {
  std::string page =
      "# Failures, and what becomes of them\n\n"
      "Made from the table of `tests/crash`, where each row is a program that fails: it ends as "
      "it\n"
      "would have ended without picket, and there is one report of it. With\n"
      "`PICKET_WRITE_DOCS=1` the test writes this page anew.\n\n"
      "## Exceptions and `std::terminate`\n\n";
  append(uncaught_rows(), page);
  page += "\n## Signals\n\n";
  append(crash_rows(), page);
  page +=
      "\nNot reported is what comes before `init` is called and after the guard has ended, what "
      "the\n"
      "options leave alone, and what can neither be sent in time nor be stored, because there is "
      "no\n"
      "`spool_directory`: so, without one, is all that happens before `init` returns.\n";
  return page;
}

TEST_SUITE("crash/failures") {
  TEST_CASE("what nobody catches is reported once as what it is") {  // P7.19, C057, C178
    check_all(uncaught_rows());
  }

  TEST_CASE("what the processor, the kernel and the C library find is reported once") {  // C177
    check_all(crash_rows());
  }

  TEST_CASE("docs/failures.md says what the tables say") {
    const std::string path = std::string(PICKET_TESTS_DIR) + "/../docs/failures.md";
    if (std::getenv("PICKET_WRITE_DOCS") != nullptr) std::ofstream(path) << failures_page();
    std::ostringstream present;
    present << std::ifstream(path).rdbuf();
    CHECK(present.str() == failures_page());
  }

  TEST_CASE("a report of an uncaught exception brings its chain, its thread and its scope") {
    const Row nested{"uncaught-nested", "", "SIGABRT", "StockError", "", nullptr};
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
