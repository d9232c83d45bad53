#pragma once

// doctest prints what a check of captured events found, and what was captured:
//
//   using namespace picket::testing;
//   TEST_CASE("a timeout is reported with its command") {
//     ScopedClient client;
//     CHECK_THROWS_AS(code_under_test(), Timeout);
//     CHECK(has_captured(client, 1, with_type("Timeout").and_context("extra", "command", "ban")));
//   }
//
// Stored in a variable first, a `MatchResult` is checked and printed just the same.

#include "picket/testing/matchers.hpp"

#include <doctest/doctest.h>

namespace doctest {

template <>
struct StringMaker<picket::testing::MatchResult> {
  static String convert(const picket::testing::MatchResult& match) {
    return match.explanation.c_str();
  }
};

}  // namespace doctest
