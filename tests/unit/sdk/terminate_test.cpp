#include "picket/picket.hpp"
#include "picket/testing/memory_transport.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

namespace picket {
namespace {

Options options() {
  Options made;
  made.dsn = "https://key@o1.example.test/1";
  made.transport = std::make_shared<testing::MemoryTransport>();
  made.capture_crashes = false;
  return made;
}

bool is_set(std::terminate_handler handler) { return std::get_terminate() == handler; }

void handler_of_the_host() { std::abort(); }

TEST_SUITE("sdk/terminate") {
  TEST_CASE("init takes the terminate handler, and the end of its guard puts it back") {  // P7.19
    const std::terminate_handler former = std::get_terminate();
    {
      const Guard guard = init(options());
      CHECK(!is_set(former));
    }
    CHECK(is_set(former));
  }

  TEST_CASE("a second init keeps the handler that was there before the first") {
    const std::terminate_handler former = std::get_terminate();
    Guard first = init(options());
    const std::terminate_handler ours = std::get_terminate();
    Guard second = init(options());
    CHECK(is_set(ours));
    first = {};
    CHECK(is_set(ours));
    second = {};
    CHECK(is_set(former));
  }

  TEST_CASE("without the option, without a DSN and for further clients nothing is taken") {
    const std::terminate_handler former = std::get_terminate();
    Options unwanted = options();
    unwanted.capture_uncaught = false;
    {
      const Guard guard = init(std::move(unwanted));
      CHECK(is_set(former));
    }
    {
      const Guard guard = init({});
      CHECK(is_set(former));
    }
    const Client further = Client::create(options());
    CHECK(is_set(former));
    further.close(std::chrono::seconds(10));
  }

  TEST_CASE("a handler that the host sets later stays") {
    const std::terminate_handler former = std::get_terminate();
    {
      const Guard guard = init(options());
      std::set_terminate(handler_of_the_host);
    }
    CHECK(is_set(handler_of_the_host));
    std::set_terminate(former);
  }
}

}  // namespace
}  // namespace picket
