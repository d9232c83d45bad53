// What the stage `client/scrub.cpp` promises beyond what is masked, which `spec/privacy_test.cpp`
// holds against the bytes.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket {
namespace {

TEST_SUITE("client/scrub") {
  TEST_CASE("an event that cannot be scrubbed does not leave") {  // S14.3, S2.3
    const testing::ScopedClient client({.before_send = [](Event&, Hint&) {
      tests::fail_next_allocation();  // the next one is that of the masked text
      return Verdict::keep;
    }});
    capture_message("password=hunter2 " + std::string(100, 'x'));
    CHECK(client.captured().events().empty());
    const CategoryStats errors = client.stats().errors();
    CHECK(errors.captured == 1);
    CHECK(errors.dropped_total() == 1);
    CHECK(errors.dropped.at("internal_sdk_error") == 1);
  }
}

}  // namespace
}  // namespace picket
