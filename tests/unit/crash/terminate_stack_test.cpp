#include "crash/terminate_stack.hpp"

#include <doctest/doctest.h>

namespace picket {
namespace {

TEST_SUITE("crash/terminate_stack") {
  TEST_CASE("a stack without frames of the runtime on top is left as it is") {
    stacktrace::Addresses addresses;
    stacktrace::unwind(addresses);
    const stacktrace::Addresses before = addresses;
    CHECK(crash::cut_runtime_frames(addresses) == crash::TerminateCause::called);
    REQUIRE(addresses.size == before.size);
    CHECK(addresses.values[0] == before.values[0]);
  }
}

}  // namespace
}  // namespace picket
