// Breadcrumbs that the event before had are not written again.

#include "client/known_breadcrumbs.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "scope/merge.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace picket {
namespace {

using client::KnownBreadcrumbs;
using testing::ScopedClient;

/// A scope whose breadcrumbs are numbers, and what is written anew for each of its snapshots.
struct Trail {
  std::size_t max = 5;
  std::array<scope::ScopeSnapshot, 3> scopes{};
  KnownBreadcrumbs known{};
  std::string written{};

  void add(int number) { scopes[2].breadcrumbs.add(WallTime{}, std::to_string(number), {}, max); }
  std::string text() {
    written.clear();
    const auto views = scope::merge_breadcrumbs(scopes, max);
    return std::string(known.text_of(scopes, views, [&](std::string& out, const auto& view) {
      out += view.message;
      written += view.message;
    }));
  }
};

TEST_SUITE("client/known_breadcrumbs") {
  TEST_CASE("only those are written that are new") {
    Trail trail;
    CHECK(trail.text().empty());
    for (const int number : {1, 2, 3}) trail.add(number);
    CHECK(trail.text() == "1,2,3");
    CHECK(trail.written == "123");
    CHECK(trail.text() == "1,2,3");
    CHECK(trail.written.empty());
    trail.add(4);
    CHECK(trail.text() == "1,2,3,4");
    CHECK(trail.written == "4");
    for (const int number : {5, 6, 7}) trail.add(number);  // 1 and 2 are forgotten
    CHECK(trail.text() == "3,4,5,6,7");
    CHECK(trail.written == "567");
    trail.scopes[2].breadcrumbs.clear();
    CHECK(trail.text().empty());
    trail.add(3);  // equal, but not the same
    CHECK(trail.text() == "3");
    CHECK(trail.written == "3");
  }

  TEST_CASE("another trail in between has all written anew, and so has a failure") {
    Trail trail;
    trail.add(1);
    trail.add(2);
    CHECK(trail.text() == "1,2");
    const scope::BreadcrumbTrail first = trail.scopes[2].breadcrumbs;
    trail.scopes[2].breadcrumbs = {};
    trail.add(8);
    CHECK(trail.text() == "8");
    trail.scopes[2].breadcrumbs = first;
    CHECK(trail.text() == "1,2");
    CHECK(trail.written == "12");
    trail.add(3);
    const auto views = scope::merge_breadcrumbs(trail.scopes, trail.max);
    const auto fail = [](std::string& out, const auto&) {
      out += "half";
      throw std::runtime_error("no memory");
    };
    CHECK_THROWS(trail.known.text_of(trail.scopes, views, fail));
    CHECK(trail.text() == "1,2,3");
    CHECK(trail.written == "123");
  }

  TEST_CASE("what is too much is not kept") {
    Trail trail;
    trail.add(1);
    const auto views = scope::merge_breadcrumbs(trail.scopes, trail.max);
    const auto large = [](std::string& out, const auto&) {
      out.append(KnownBreadcrumbs::kMaxBytes + 1, 'x');
    };
    CHECK(trail.known.text_of(trail.scopes, views, large).size() > KnownBreadcrumbs::kMaxBytes);
    CHECK(trail.text() == "1");
    CHECK(trail.written == "1");
  }

  TEST_CASE("a secret in a breadcrumb is masked in every event that shows it") {  // S14.4
    const ScopedClient client;
    add_breadcrumb("password=hunter2 tried");
    add_breadcrumb("fine", {.data = {{"token", "abc"}, {"n", 1}}});
    for (int i = 0; i < 3; ++i) {
      capture_message("hello");
      add_breadcrumb("later");
    }
    const auto events = client.captured().events();
    REQUIRE(events.size() == 3);
    for (const auto& event : events) {
      CHECK(event.json().at("breadcrumbs.values.0.message").text_or("") ==
            "password=[Filtered] tried");
      CHECK(event.json().at("breadcrumbs.values.1.data.token").text_or("") == "[Filtered]");
    }
    CHECK(events[2].json().at("breadcrumbs.values").as_list()->size() == 4);
  }
}

}  // namespace
}  // namespace picket
