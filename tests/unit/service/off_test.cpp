// What the service layer costs while picket is off: nothing.

#include "picket/command.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/allocations.hpp"
#include "support/chat_types.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket {
namespace {

TEST_SUITE("service/off") {
  TEST_CASE("while off no start is stored, however many there are") {  // S6.12
    REQUIRE_FALSE(is_initialized());
    const auto before = tests::allocations();
    for (int i = 0; i < 100'000; ++i) {
      track_command_start("a command whose name is longer than a small string");
    }
    CHECK(tests::allocations().count == before.count);
    CHECK(tests::allocations().live_bytes == before.live_bytes);
    const testing::ScopedClient client;
    track_command_end("a command whose name is longer than a small string");
    capture_message("x");
    CHECK_FALSE(client.captured().last_event()->tag("command.execution_time_ms"));
  }

  TEST_CASE("while off setting contexts and running commands allocates nothing") {  // S5.10, S6.8
    const CommandContext command{.name = "a command whose name is longer than a small string",
                                 .author = User{.id = "17"}};
    CHECK(tests::count_allocations([&] {
            set_user_context(*command.author);
            set_user_context(std::nullopt);
            set_command_context(command);
            const CommandTimer timer = track_command(command.name);
            run_command(command, [](Transaction& transaction) { transaction.set_data("k", "v"); });
          }) == 0);
  }

  TEST_CASE("timers of an isolation scope are bounded while on") {  // S6.13
    const testing::ScopedClient client;
    const auto start_many = [](int from) {
      for (int i = from; i < from + 1000; ++i) track_command_start("name" + std::to_string(i));
    };
    start_many(0);
    const auto before = tests::allocations().live_bytes;
    start_many(1000);
    CHECK(tests::allocations().live_bytes - before < 4096);
    track_command_end("name1999");
    capture_message("newest");
    track_command_end("name1900");
    capture_message("forgotten");
    const auto captured = client.captured();
    CHECK(captured.with_message("newest")[0].tag("command.execution_time_ms"));
    CHECK_FALSE(captured.with_message("forgotten")[0].tag("command.execution_time_ms"));
  }
}

}  // namespace
}  // namespace picket
