#pragma once

// GoogleTest prints what a check of captured events found, and what was captured:
//
//   using namespace picket::testing;
//   TEST(Bans, ReportATimeoutWithItsCommand) {
//     ScopedClient client;
//     EXPECT_THROW(code_under_test(), Timeout);
//     EXPECT_TRUE(has_captured(client, 1, with_type("Timeout").and_context("extra", "command",
//                                                                          "ban")));
//   }
//
// A `MatchResult` turns into an `AssertionResult` by itself.

#include "picket/testing/matchers.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace picket::testing {

inline ::testing::AssertionResult convert(const MatchResult& match,
                                          std::type_identity<::testing::AssertionResult> /*to*/) {
  return (match ? ::testing::AssertionSuccess() : ::testing::AssertionFailure())
         << match.explanation;
}

}  // namespace picket::testing
