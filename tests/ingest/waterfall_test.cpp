#include "ingest/waterfall.hpp"
#include "ingest/plain_text.hpp"
#include "ingest/trace_samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace picket::ingest::tests {
namespace {

std::string golden(const std::string& name) {
  std::ifstream file(PICKET_TESTS_DIR "/golden/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

// What holds for every waterfall.
void check_shape(const std::string& text) {
  for (const std::string& line : lines(text)) {
    CAPTURE(line);
    CHECK(columns(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  CHECK(std::none_of(text.begin(), text.end(), is_control));
}

std::string drawn(const std::vector<TraceItem>& items) {
  const std::string text = waterfall(trace_of(items));
  check_shape(text);
  return text;
}

// A shop calls a stock service and a payment service; the last one does not trace.
std::vector<TraceItem> two_processes() {
  const auto shop = transaction(
      {1, 0, "http.server", "GET /cart/{id}", 0, 250, "ok", "shop@1.4.0"},
      {{2, 1, "db.query", "SELECT * FROM cart WHERE id = ?", 10, 50, "ok"},
       {3, 1, "http.client", "POST http://stock.local/reserve", 70, 120, "internal_error"},
       {4, 1, "http.client", "POST http://pay.local/charge", 200, 40},
       {5, 1, "cache.put", "cart:7", 245, 0}});
  const auto stock = transaction(
      {11, 3, "http.server", "POST /reserve", 90, 80, "internal_error", "stock@2.1.0"},
      {{12, 11, "db.query", "SELECT amount FROM items WHERE id = ? FOR UPDATE", 100, 20},
       {13, 11, "db.query", "UPDATE items", 125, 40, "deadline_exceeded"},
       {14, 99, "task", "its parent did not end", 165, 4}});
  const TraceItem error{
      "event", std::make_shared<const Value>(Object{
                   {"event_id", std::string(32, 'e')},
                   {"level", "error"},
                   {"release", "stock@2.1.0"},
                   {"timestamp", at(160)},
                   {"exception", List{Object{{"type", "OutOfStock"}, {"value", "none left"}}}},
                   {"contexts",
                    Object{{"trace", Object{{"trace_id", kTraceId}, {"span_id", span_id(13)}}}}}})};
  return {shop, stock, error, message({50, 4, "info", "charged 12 EUR", 220, 0, "", "pay@3"}),
          transaction({21, 98, "queue.process", "send mail", 300, 33, "ok", "mailer@0.1"})};
}

TEST_SUITE("ingest/waterfall") {
  TEST_CASE("a trace through several processes is one tree on one axis") {
    CHECK(drawn(two_processes()) == golden("waterfall_two_processes.txt"));
  }

  TEST_CASE("a single span of no length is drawn") {
    CHECK(drawn({transaction({1, 0, "task", "tick", 0, 0, "", "clock@1"})}) ==
          "── trace 7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a  12:00:00.000Z\n"
          "  1 transaction                                  0           0.000 ms         ms\n"
          "  task tick                            [clock@1] ▏                         0.000\n\n");
  }

  TEST_CASE("what happens at the very end stands in the last column") {
    const std::vector<std::string> all =
        lines(drawn({transaction({1, 0, "task", "t", 0, 9, "", ""}, {{2, 1, "task", "end", 9, 0}}),
                     message({1, 0, "error", "at the end", 9, 0, "", ""})}));
    CHECK(all[3] == "  ├─ error at the end                                               ◆");
    CHECK(all[4] ==
          "  └─ task end                                                       ▏      0.000");
  }

  TEST_CASE("of a process that was moved several times the range is told") {
    const std::string text =
        drawn({transaction({1, 0, "task", "t", 0, 100, "", "shop@1"},
                           {{2, 1, "task", "first", 0, 40}, {3, 1, "task", "second", 50, 40}}),
               transaction({4, 2, "task", "early", -1000, 20, "", "stock@2"}),
               transaction({5, 3, "task", "earlier", -2000, 20, "", "stock@2"})});
    CHECK(text.find("by +1.010 s to +2.060 s\n") != std::string::npos);
  }

  TEST_CASE("where clocks disagree the called one is moved into the call") {
    CHECK(
        drawn({transaction({1, 0, "http.server", "GET /", 0, 100, "ok", "shop@1"},
                           {{2, 1, "http.client", "GET /stock", 20, 60}}),
               transaction({3, 2, "http.server", "GET /stock", 3'600'040, 20, "ok", "stock@2"},
                           {{4, 3, "db.query", "SELECT 1", 3'600'045, 10}})}) ==
        "── trace 7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a  12:00:00.000Z\n"
        "  2 transactions, 2 spans                        0         100.000 ms         ms\n"
        "  http.server GET /                     [shop@1] ████████████████████    100.000\n"
        "  └─ http.client GET /stock                          ████████████         60.000\n"
        "     └─ http.server GET /stock         [stock@2]~        ████             20.000\n"
        "        └─ db.query SELECT 1                              ██              10.000\n"
        "  ~ the clock of stock@2 disagrees with its caller's, its bars are moved by -3600.000 s\n"
        "\n");
  }

  TEST_CASE("a long trace is cut in the middle, and the cut says what is missing") {
    std::vector<SampleSpan> spans;
    for (int i = 0; i < 200; ++i) {
      spans.push_back({i + 10, 1, "db.query", fmt::format("query {}", i), i * 1.0, 1});
    }
    std::vector<TraceItem> items{transaction({1, 0, "task", "loop", 0, 200, "ok", "a@1"}, spans),
                                 message({110, 0, "error", "in the middle", 100.5, 0, "", "a@1"})};
    const std::vector<std::string> all = lines(drawn(items));
    REQUIRE(all.size() == 2 + 60 + 1 + 40 + 1);
    CHECK(all[1].find("  1 transaction, 200 spans, 1 event ") == 0);
    CHECK(all[61].find("├─ db.query query 58 ") != std::string::npos);
    CHECK(all[62] == "  … 102 more: 101 spans, 1 event");
    CHECK(all[63].find("├─ db.query query 160 ") != std::string::npos);
    CHECK(all[102].find("└─ db.query query 199 ") != std::string::npos);
  }

  TEST_CASE("a hundred lines are not cut") {
    std::vector<SampleSpan> spans;
    for (int i = 0; i < 99; ++i) spans.push_back({i + 10, 1, "task", "t", i * 1.0, 1});
    const std::string text = drawn({transaction({1, 0, "task", "loop", 0, 99}, spans)});
    CHECK(text.find("…") == std::string::npos);
    CHECK(lines(text).size() == 2 + 100 + 1);
  }

  TEST_CASE("names cannot break out of their column") {
    const std::string wild =
        "a\x1b[2J\n\r\xC2\x9B"
        "31m\xE2\x80\xAE"
        "b";
    const std::string text =
        drawn({transaction({1, 0, wild, wild, 0, 5, wild, wild}, {{2, 1, wild, wild, 1, 1, wild}}),
               message({2, 0, wild, wild, 2, 0, "", wild})});
    CHECK(text.find("a\\x1b[2J\\n\\x0d\\u009b31m\\u202eb") != std::string::npos);
    for (const std::string& part : {std::string(5000, 'x'),
                                    std::string("\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97"
                                                "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97"
                                                "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97"
                                                "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97"),
                                    std::string("e\xCC\x81\xF0\x9F\xA4\xAE \xFF\xFE")}) {
      const std::vector<std::string> all = lines(
          drawn({transaction({1, 0, part, part, 0, 5, part, part}, {{2, 1, part, part, 1, 1}})}));
      REQUIRE(all.size() == 5);
      // The bar begins where it does on every line.
      CHECK(columns(all[2].substr(0, all[2].find("█"))) == 49);
    }
  }

  TEST_CASE("a deep trace keeps room for the words") {
    std::vector<SampleSpan> spans;
    for (int i = 2; i < 40; ++i) spans.push_back({i, i - 1, "task", fmt::format("t{}", i), 0, 1});
    const std::vector<std::string> all =
        lines(drawn({transaction({1, 0, "task", "t1", 0, 1, "", "a@1"}, spans),
                     transaction({50, 39, "task", "far down there", 0, 1, "", "warehouse@2.0"})}));
    CHECK(all[8].find("                 └─ task t7 ") == 0);
    CHECK(all[9].find("  …                 └─ task t8 ") == 0);
    CHECK(all[41].find("  …                 └─ task far down t… [wareh…] █") == 0);
  }

  TEST_CASE("long times lose their fractions, not their column") {
    for (const double ms : {999'999.999, 1e6, 9e9, 1e12}) {
      CAPTURE(ms);
      const std::vector<std::string> all =
          lines(drawn({transaction({1, 0, "task", "t", 0, ms, "failed_precondition", "a@1"})}));
      CHECK(columns(all[2]) == 100);
    }
  }

  TEST_CASE("only traces with spans are drawn, and not more than fifty") {
    CHECK(waterfalls(build_traces({message({1, 0, "error", "alone", 0, 0, "", "a@1"})})) == "");
    std::vector<Trace> traces;
    for (int i = 0; i < 53; ++i)
      traces.push_back(trace_of({transaction({1, 0, "task", "t", 0, 1})}));
    const std::string text = waterfalls(traces);
    std::size_t blocks = 0;
    for (const std::string& line : lines(text)) blocks += line.find("── trace ") == 0;
    CHECK(blocks == 50);
    CHECK(lines(text)[lines(text).size() - 2] == "… and 3 more traces");
  }
}

}  // namespace
}  // namespace picket::ingest::tests
