// A nested exception thrown from five functions deep, as it arrives at the server.

#include "ingest/server.hpp"
#include "picket/picket.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace clinic {

struct StatementError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct CaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What follows the call keeps the compiler from turning it into a jump, which leaves no frame.
[[gnu::noinline]] void step() {
  try {
    throw StatementError("no such table: cases");
  } catch (...) {
    picket::add_breadcrumb("step failed", {.category = "db", .level = picket::Level::warning});
    std::throw_with_nested(CaseError("cases of user 7 cannot be read"));
  }
}
[[gnu::noinline]] picket::EventId fetch_cases() {
  try {
    step();
  } catch (...) {
    return picket::capture_exception();
  }
  return {};
}
[[gnu::noinline]] picket::EventId repository() {
  const picket::EventId id = fetch_cases();
  asm volatile("");
  return id;
}
[[gnu::noinline]] picket::EventId service() {
  const picket::EventId id = repository();
  asm volatile("");
  return id;
}
[[gnu::noinline]] picket::EventId handler() {
  const picket::EventId id = service();
  asm volatile("");
  return id;
}

}  // namespace clinic

namespace picket {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("scenario/nested_exception") {
  TEST_CASE("chain, types, frames, breadcrumbs, user, tags and image arrive") {
    const auto server = ingest::IngestServer::start({}).value();
    Options options;
    options.dsn = server->dsn();
    const Guard guard = init(options);
    set_user({.id = "7"});
    set_tag("feature", "cases");
    add_breadcrumb("command started");
    const EventId id = clinic::handler();
    CHECK(flush(20s));
    CHECK(server->received().complaints() == "");
    const auto events = server->received().events();
    REQUIRE(events.size() == 1);
    const Value& event = events[0];
    CHECK(event.at("event_id") == Value(id.to_string()));
    CHECK(event.at("exception.values.0.type") == Value("StatementError"));
    CHECK(event.at("exception.values.1.type") == Value("CaseError"));
    CHECK(event.at("exception.values.1.module") == Value("clinic"));
    CHECK(event.at("user.id") == Value("7"));
    CHECK(event.at("tags.feature") == Value("cases"));
    const List& crumbs = *event.at("breadcrumbs.values").as_list();
    REQUIRE(crumbs.size() >= 2);
    CHECK(crumbs[crumbs.size() - 2].at("message") == Value("command started"));
    CHECK(crumbs.back().at("message") == Value("step failed"));

    const List& frames = *event.at("exception.values.1.stacktrace.frames").as_list();
    const std::vector<std::string> expected{"clinic::handler", "clinic::service",
                                            "clinic::repository", "clinic::fetch_cases"};
    REQUIRE(frames.size() > expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Value& frame = frames[frames.size() - expected.size() + i];
      CHECK(frame.at("function") == Value(expected[i]));
      CHECK(frame.at("in_app") == Value(true));
    }
    const std::string image = std::string(frames.back().at("image_addr").text_or("?"));
    bool image_found = false;
    for (const Value& candidate : *event.at("debug_meta.images").as_list()) {
      if (candidate.at("image_addr").text_or("") != image) continue;
      image_found = true;
      CHECK(candidate.at("code_id").text_or("").size() == 40);
      CHECK(candidate.at("debug_id").text_or("").size() == 36);
    }
    CHECK(image_found);
  }
}

}  // namespace
}  // namespace picket
