#include "stacktrace/throw_site.hpp"

#include <doctest/doctest.h>

#include <exception>

void throw_from_library();

namespace picket::throw_traces {
namespace {

TEST_SUITE("throw_traces/hooks_library") {
  TEST_CASE("a throw in a shared library of the host is seen") {  // P7.9
    try {
      throw_from_library();
    } catch (...) {
      stacktrace::Addresses stack;
      CHECK(stacktrace::find_throw_site(std::current_exception(), stack));
      CHECK(stack.size > 3);
    }
  }
}

}  // namespace
}  // namespace picket::throw_traces
