// Where a capture says that it happened, when debug information says so too.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace shop {

std::uint32_t site = 0;  // the line that captures

[[gnu::noinline]] void fail() {
  try {
    throw std::runtime_error("no such order");
  } catch (const std::exception& error) {
    site = __LINE__ + 1;
    picket::capture_exception(error);
  }
}

[[gnu::always_inline]] inline void fail_inlined() {
  try {
    throw std::runtime_error("no such order");
  } catch (const std::exception& error) {
    site = __LINE__ + 1;
    picket::capture_exception(error);
  }
}

[[gnu::noinline]] void pay() { fail_inlined(); }

[[gnu::noinline]] void serve() {
  const auto handler = [] {
    site = __LINE__ + 1;
    picket::capture_message("slow", picket::Level::warning);
  };
  handler();
}

/// A helper of the host that says where it was called.
[[gnu::noinline]] void report(picket::SourceLocation where = picket::SourceLocation::current()) {
  picket::capture_message("slow", picket::Level::warning, {}, where);
  asm volatile("");
}

[[gnu::noinline]] void order() {
  site = __LINE__ + 1;
  report();
  asm volatile("");
}

}  // namespace shop

namespace picket {
namespace {

using testing::ScopedClient;

const List frames_of(const ScopedClient& client) {
  const auto captured = client.captured();
  REQUIRE(captured.problems().empty());
  REQUIRE(captured.events().size() == 1);
  const Value& json = captured.events().front().json();
  const List* frames = json.at("exception.values.0.stacktrace.frames").as_list();
  if (frames == nullptr) frames = json.at("threads.values.0.stacktrace.frames").as_list();
  REQUIRE(frames != nullptr);
  REQUIRE(frames->size() > 2);
  return *frames;
}

bool is_site(const Value& frame) {
  return frame.at("filename") == Value("capture_lines_test.cpp") &&
         frame.at("lineno") == Value(shop::site);
}

TEST_SUITE("scenario/capture_lines") {
  TEST_CASE("a capture is the newest frame, once") {  // S4.1, C059
    struct Row {
      const char* name;
      void (*run)();
      std::string caller;
    };
    const Row rows[] = {
        {"function", &shop::fail, ""},
        {"inlined function", &shop::pay, "shop::pay"},
        {"lambda", &shop::serve, "shop::serve"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client({.attach_stacktrace = true});
      row.run();
      const List frames = frames_of(client);
      CHECK(is_site(frames.back()));
      CHECK_FALSE(is_site(frames[frames.size() - 2]));
      CHECK(frames.back().at("in_app") == Value(true));
      if (!row.caller.empty()) {
        CHECK(frames[frames.size() - 2].at("function") == Value(row.caller));
      }
    }
  }

  TEST_CASE("where a helper says that it was called is no frame twice") {  // S4.1
    const ScopedClient client({.attach_stacktrace = true});
    shop::order();
    const List frames = frames_of(client);
    CHECK(std::count_if(frames.begin(), frames.end(), &is_site) == 1);
  }

  TEST_CASE("an event can carry the source lines of the host's frames") {  // P3.12
    const ScopedClient client({.source_context_lines = 1});
    shop::fail();
    const List frames = frames_of(client);
    if (frames.back().at("context_line").is_null()) return;  // built without libdw
    CHECK(frames.back().at("context_line") == Value("    picket::capture_exception(error);"));
    CHECK(frames.back().at("pre_context.0") == Value("    site = __LINE__ + 1;"));
    CHECK(frames.back().at("post_context.0") == Value("  }"));
  }
}

}  // namespace
}  // namespace picket
