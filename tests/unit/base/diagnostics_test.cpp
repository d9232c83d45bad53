#include "base/diagnostics.hpp"

#include "support/ear.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket::diag {
namespace {

using namespace std::chrono_literals;

using tests::Ear;  // every test that counts by the second has seconds of its own

struct Unprintable {};

}  // namespace
}  // namespace picket::diag

template <>
struct fmt::formatter<picket::diag::Unprintable> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  static format_context::iterator format(const picket::diag::Unprintable&, format_context&) {
    throw std::runtime_error("cannot be printed");
  }
};

namespace picket::diag {
namespace {

TEST_SUITE("base/diagnostics") {
  TEST_CASE("levels below the wanted one are not heard") {
    Ear ear(Level::warning);
    CHECK_FALSE(hears(Level::info));
    CHECK(hears(Level::warning));
    debug("a {}", 1);
    info("b {}", 2);
    warn("c {}", 3);
    error("d {}", 4);
    CHECK(ear.lines == std::vector<std::string>{"warning: c 3", "error: d 4"});
  }

  TEST_CASE("what is not heard is not formatted") {
    Ear ear(Level::error);
    warn("{}", Unprintable{});
    CHECK(ear.lines.empty());
  }

  TEST_CASE("a line that cannot be formatted is told about") {
    Ear ear(Level::error);
    error("{}", Unprintable{});
    CHECK(ear.lines == std::vector<std::string>{"error: picket could not format a diagnostic"});
  }

  TEST_CASE("a second has room for a hundred warnings; the next one tells what was left out") {
    Ear ear(Level::debug);
    for (int i = 0; i < 130; ++i) say(Level::warning, "again", 1000s);
    CHECK(ear.lines.size() == kMaxLinesPerSecond);
    say(Level::error, "first", 1001s);
    say(Level::error, "second", 1001s);
    REQUIRE(ear.lines.size() == kMaxLinesPerSecond + 3);
    CHECK(ear.lines[100] == "warning: 30 diagnostics were left out");
    CHECK(ear.lines[101] == "error: first");
    CHECK(ear.lines[102] == "error: second");
  }

  TEST_CASE("a debugging host hears every line below a warning") {
    Ear ear(Level::debug);
    for (int i = 0; i < 500; ++i) say(Level::debug, "step", 2000s);
    CHECK(ear.lines.size() == 500);
    say(Level::warning, "and there is room left", 2000s);
    CHECK(ear.lines.size() == 501);
  }

  TEST_CASE("a sink that speaks itself does not come back to itself") {
    int heard = 0;
    configure(Level::debug, [&](Level, std::string_view) {
      ++heard;
      say(Level::error, "from inside", 3000s);
    });
    say(Level::error, "from outside", 3000s);
    say(Level::error, "once more", 3000s);
    configure(Level::warning, {});
    CHECK(heard == 2);
  }

  TEST_CASE("what a sink throws ends here, and it is asked again") {
    int asked = 0;
    configure(Level::debug, [&](Level, std::string_view) {
      ++asked;
      throw std::runtime_error("sink");
    });
    say(Level::error, "one", 4000s);
    say(Level::error, "two", 4000s);
    configure(Level::warning, {});
    CHECK(asked == 2);
  }

  TEST_CASE("a contained exception is told, with or without a text") {
    Ear ear(Level::error);
    contained("boom");
    contained(nullptr);
    CHECK(ear.lines ==
          std::vector<std::string>{"error: contained: boom", "error: contained: (no text)"});
  }
}

}  // namespace
}  // namespace picket::diag
