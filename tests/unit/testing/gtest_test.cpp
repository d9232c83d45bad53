// A host that tests with GoogleTest; its fixture is one of that framework.

#include "picket/testing/gtest.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace shop {
namespace {

using picket::testing::has_captured;
using picket::testing::has_captured_nothing;
using picket::testing::with_type;

struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void order() {
  try {
    throw Timeout("after 30 s");
  } catch (const std::exception& error) {
    picket::capture_exception(error, {.tags = {{"kind", "net"}}});
    throw;
  }
}

class Orders : public ::testing::Test {
 protected:
  picket::testing::ScopedClient client;
};

TEST_F(Orders, ReportATimeoutOnceAndPassItOn) {  // S9.3, S9.4
  EXPECT_TRUE(has_captured_nothing(client));
  EXPECT_THROW(order(), Timeout);
  EXPECT_TRUE(has_captured(client, 1, with_type("Timeout").and_tag("kind", "net")));
  EXPECT_FALSE(has_captured(client, with_type("Timeout").and_tag("kind", "db")));
  ASSERT_TRUE(has_captured(client, with_type("Timeout")));
}

TEST_F(Orders, HaveNothingOfTheTestBefore) {  // S9.2
  EXPECT_TRUE(picket::is_initialized());
  EXPECT_TRUE(has_captured_nothing(client));
}

// Not part of a run: `matchers_test.cpp` has it fail.
TEST_F(Orders, DISABLED_AndFailsWithTheEvents) {
  EXPECT_THROW(order(), Timeout);
  EXPECT_TRUE(has_captured(client, with_type("Timeout").and_tag("kind", "db")));
  EXPECT_TRUE(has_captured_nothing(client));
}

}  // namespace
}  // namespace shop
