#include "bot/chat_api.hpp"

#include "bot/errors.hpp"
#include "chat/server.hpp"
#include "picket/errors.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/chat");

namespace {

/// Of a class without its namespace.
std::string bare_name(const std::type_info& type) {
  const std::string name = picket::type_name(type);
  return name.substr(name.rfind(':') + 1);
}

/// A platform that listens, and the bot's way to it.
struct Platform {
  std::optional<chat::Server> server{std::in_place};
  bot::ChatApi api{server->url()};

  /// Ends the server, which by then has told all it has to tell.
  void stop() { server.reset(); }
};

using picket::testing::ScopedClient;
using Types = std::vector<std::string>;

/// The types of what `action` throws and of its causes, outermost first.
Types types_thrown_by(const std::function<void()>& action) {
  Types types;
  try {
    action();
  } catch (const std::exception& error) {
    types.push_back(bare_name(typeid(error)));
    const Types causes = types_thrown_by([&] { std::rethrow_if_nested(error); });
    types.insert(types.end(), causes.begin(), causes.end());
  }
  return types;
}

}  // namespace

TEST_CASE("a message to somebody who takes it has an id") {
  Platform platform;

  const std::string first = platform.api.send_dm("123456789012345678", "ban", "spam");
  const std::string second = platform.api.send_dm("123456789012345678", "ban", "more spam");

  CHECK(first.size() == 18);
  CHECK(second.size() == 18);
  CHECK(first != second);
}

TEST_CASE("a search finds what everybody may read") {
  Platform platform;

  CHECK(platform.api.search("hello") ==
        std::vector<std::string>{"hello everybody", "hello, who moderates here?"});
  CHECK(platform.api.search("who moderates").size() == 1);
}

TEST_CASE("texts with characters that mean something in URLs arrive as they are") {
  Platform platform;

  CHECK(platform.api.search("hello, who moderates here?").size() == 1);
  CHECK(types_thrown_by([&] { (void)platform.api.search("hello&text=parcel#?%41"); }) ==
        Types{"ChatRefusal", "StatusError"});
}

TEST_CASE("what the user caused is a refusal with its cause") {  // T21
  Platform platform;

  CHECK(types_thrown_by([&] { platform.api.send_dm("999", "ban", "spam"); }) ==
        Types{"ChatRefusal", "StatusError"});  // 404
  CHECK(types_thrown_by([&] { platform.api.send_dm("300000000000000002", "ban", "spam"); }) ==
        Types{"ChatRefusal", "StatusError"});  // 403
}

TEST_CASE("what the platform caused is a failure with its cause") {  // T21
  Platform platform;

  CHECK(types_thrown_by([&] { (void)platform.api.search("parcel"); }) ==
        Types{"ChatFailure", "StatusError"});
}

TEST_CASE("a platform that is gone cannot be reached") {  // T21
  Platform platform;
  platform.stop();

  CHECK(types_thrown_by([&] { (void)platform.api.search("hello"); }) ==
        Types{"ChatFailure", "ConnectionError"});
  CHECK_FALSE(bot::is_delivered([&] { platform.api.post_notice("710000000000000001", "hi"); }));
}

TEST_CASE("only failures are reported, with what is known of the answer") {  // T21
  const ScopedClient client({.traces_sample_rate = 1});
  Platform platform;
  types_thrown_by([&] { (void)platform.api.search("dragons"); });
  types_thrown_by([&] { (void)platform.api.search("eye on"); });
  types_thrown_by([&] { (void)platform.api.search("parcel"); });
  platform.stop();
  types_thrown_by([&] { (void)platform.api.search("parcel"); });

  const auto errors = client.captured().errors();
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].has_tag("error.type", "api"));
  CHECK(errors[0].has_tag("api.endpoint", "/search"));
  CHECK(errors[0].has_tag("api.status_code", "500"));
  CHECK(errors[0].has_context("api_error", "response", R"({"message":"the archive is damaged"})"));
  CHECK(errors[1].has_tag("error.type", "api"));
  CHECK_FALSE(errors[1].tag("api.status_code"));
  CHECK(errors[1].has_context("api_error", "error_type", "ChatFailure"));
}

TEST_CASE("the platform's work belongs below the request that asked for it") {
  const ScopedClient client({.traces_sample_rate = 1});
  Platform platform;
  {
    const auto transaction = picket::start_transaction({.op = "command", .name = "search"});
    (void)platform.api.search("hello");
  }
  platform.stop();

  const auto commands = client.captured().transactions_named("search");
  const auto served = client.captured().transactions_named("GET /search");
  REQUIRE(commands.size() == 1);
  REQUIRE(served.size() == 1);
  const auto calls = commands[0].with_op("discord_api");
  const auto requests = commands[0].with_op("http.client");
  REQUIRE(calls.size() == 1);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].parent_span_id() == calls[0].span_id());
  CHECK(served[0].trace_id() == commands[0].trace_id());
  CHECK(served[0].parent_span_id() == requests[0].span_id());
  CHECK(served[0].with_op("function").size() == 1);
}

TEST_SUITE_END();
