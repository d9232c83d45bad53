// What is written once for many events says the same as if it were written for each.

#include "client/known_stacks.hpp"
#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using client::KnownStacks;
using testing::ScopedClient;

constexpr SourceLocation kSite{"shop.cpp", "buy", 7};

/// Both capture at one place: `before_send` is the only difference.
std::vector<std::string> payloads(const BeforeSend& hook, const std::function<void()>& fill) {
  const ScopedClient client({.release = "shop@1", .before_send = hook});
  fill();
  for (int i = 0; i < 3; ++i) {
    capture_exception(std::runtime_error("disk full"), {}, kSite);
    capture_message("hello");
  }
  std::vector<std::string> all;
  for (const auto& event : client.captured().events()) {
    Value json = event.json();
    Object& members = *json.as_object();
    for (const char* own : {"event_id", "timestamp"}) members.erase(own);
    members.find("contexts")->as_object()->erase("trace");
    all.push_back(to_json(json));
  }
  return all;
}

TEST_SUITE("client/known_stacks") {
  TEST_CASE("an event says the same whether a hook has seen its parts as values or not") {  // S8.1
    struct Row {
      const char* name;
      std::function<void()> fill;
    };
    const Row rows[] = {
        {"nothing of the host", [] {}},
        {"contexts of the host between those of the machine",
         [] {
           for (const char* name : {"a", "cart", "os2", "p", "zoo"}) set_context(name, {{"n", 1}});
         }},
        {"a context of the machine that the host adds to",
         [] {
           set_context("os", {{"name", "Plan 9"}, {"mood", "good"}});
         }},
    };
    const BeforeSend keep = [](Event&, Hint&) { return Verdict::keep; };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const auto known = payloads({}, row.fill);
      const auto named = payloads(keep, row.fill);
      REQUIRE(known.size() == 6);
      CHECK(known == named);
      CHECK(known[0].find("\"stacktrace\"") != std::string::npos);
      CHECK(known[0] == known[2]);  // named and written, then known
      CHECK(known[0].find("\"distribution\"") != std::string::npos);
    }
  }

  TEST_CASE("an event that is too large still loses its least valuable parts first") {  // P7.11
    const ScopedClient client;
    for (int i = 0; i < 100; ++i) {
      set_extra("x" + std::to_string(i), std::string(15'000, 'x'));
      add_breadcrumb(std::string(8'000, 'y'));
    }
    for (int i = 0; i < 2; ++i) capture_exception(std::runtime_error("full"), {}, kSite);
    REQUIRE(client.captured().events().size() == 2);
    for (const auto& event : client.captured().events()) {
      CHECK_FALSE(event.json().at("exception.values.0.stacktrace.frames.0").is_null());
      CHECK_FALSE(event.json().at("debug_meta.images.0").is_null());
      CHECK_FALSE(event.json().at("contexts.os.name").is_null());
    }
  }

  TEST_CASE("a stack is known by all of its addresses and by where it was captured") {
    KnownStacks stacks;
    stacks.keep_to(1);
    CHECK(stacks.find({1, 2, 3}, kSite) == nullptr);
    stacks.remember({1, 2, 3}, kSite, {"{a}", "i"});
    stacks.remember({1, 2}, kSite, {"{b}", "i"});
    const std::string file = "shop.cpp";  // another address, the same text
    REQUIRE(stacks.find({1, 2, 3}, {file.c_str(), "buy", 7}) != nullptr);
    CHECK(stacks.find({1, 2, 3}, kSite)->stacktrace == "{a}");
    CHECK(stacks.find({1, 2}, kSite)->stacktrace == "{b}");
    CHECK(stacks.find({1, 2, 4}, kSite) == nullptr);
    CHECK(stacks.find({1, 2, 3}, {"shop.cpp", "buy", 8}) == nullptr);
    CHECK(stacks.find({1, 2, 3}, {"shop.cpp", "sell", 7}) == nullptr);
    CHECK(stacks.find({1, 2, 3}, {}) == nullptr);
    stacks.keep_to(1);
    CHECK(stacks.find({1, 2}, kSite) != nullptr);
    stacks.keep_to(2);  // a module has come or gone
    CHECK(stacks.find({1, 2}, kSite) == nullptr);
  }

  TEST_CASE("what is kept has a bound, and a text in use outlives it") {
    KnownStacks stacks;
    const auto first = stacks.remember({0}, kSite, {std::string(1'000, 'x'), {}});
    for (std::uintptr_t i = 1; i <= KnownStacks::kMaxStacks; ++i) {
      stacks.remember({i}, kSite, {"{}", {}});
    }
    CHECK(stacks.find({0}, kSite) == nullptr);
    CHECK(stacks.find({KnownStacks::kMaxStacks}, kSite) != nullptr);
    CHECK(first->stacktrace.size() == 1'000);
    stacks.remember({0}, kSite, {std::string(KnownStacks::kMaxBytes, 'x'), {}});
    CHECK(stacks.find({0}, kSite) == nullptr);
  }
}

}  // namespace
}  // namespace picket
