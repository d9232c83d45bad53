// Commands through the front door: their context, their timing, the order of things around them.

#include "picket/command.hpp"
#include "picket/command_run.hpp"
#include "picket/json.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/chat_types.hpp"

#include <doctest/doctest.h>

#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace chat {

// As a host would write them, in a file that knows picket.
picket::User to_picket_user(const Member& member) {
  if (member.number == 0) throw std::runtime_error("nobody");
  return {.id = std::to_string(member.number),
          .username = member.name,
          .data = {{"bot", picket::Value(false)}}};
}

picket::CommandContext to_picket_command(const Message& message) {
  return {.name = message.command,
          .invocation_id = std::to_string(message.number),
          .author = to_picket_user(message.author)};
}

}  // namespace chat

namespace picket {
namespace {

using namespace std::chrono_literals;
using testing::CapturedEvent;
using testing::ScopedClient;

struct UserInput : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

CapturedEvent captured_now(const ScopedClient& client) {
  capture_message("probe");
  const auto event = client.captured().last_event();
  REQUIRE(event);
  return *event;
}

const CommandContext kBan{.name = "ban_user",
                          .invocation_id = "1001",
                          .channel_id = "2002",
                          .guild_id = "123456789012345678",
                          .prefix = "!",
                          .invoked_with = "ban",
                          .guild_name = "Harbour",
                          .guild_member_count = 412,
                          .channel_name = "mods",
                          .channel_type = "text",
                          .args = {Value("4711"), Value("spam")},
                          .kwargs = {{"days", Value(7)}},
                          .author = User{.id = "17", .username = "ann"}};

TEST_SUITE("spec/commands") {
  TEST_CASE("a user lands whole, with ids as text and unknown facts left out") {  // S5.1
    const ScopedClient client;
    set_user_context({.id = "123456789012345678",
                      .username = "ann",
                      .data = {{"display_name", Value("Ann")},
                               {"bot", Value(false)},
                               {"guild_permissions", Value("9007199254740993")}}});
    const CapturedEvent event = captured_now(client);
    CHECK(to_json(event.json().at("user")) ==
          R"({"id":"123456789012345678","username":"ann","display_name":"Ann","bot":false,)"
          R"("guild_permissions":"9007199254740993"})");
    CHECK(event.json().at("user.joined_at").is_null());
  }

  TEST_CASE("a user holds until replaced, cleared, or the unit of work ends") {  // S5.2, A15
    const ScopedClient client({.traces_sample_rate = 1.0});
    CHECK(captured_now(client).json().at("user").is_null());
    {
      const ScopeGuard work = isolate();
      set_user_context({.id = "1", .email = "a@b.example"});
      CHECK(captured_now(client).json().at("user.id") == Value("1"));
      set_user_context({.id = "2"});
      CHECK(to_json(captured_now(client).json().at("user")) == R"({"id":"2"})");
      start_transaction({.op = "command", .name = "x"}).finish();
      CHECK(client.captured().last_transaction()->json().at("user.id") == Value("2"));
      {
        const ScopeGuard inner = isolate();
        set_user_context(std::nullopt);
        CHECK(captured_now(client).json().at("user").is_null());
      }
      CHECK(captured_now(client).json().at("user.id") == Value("2"));
    }
    CHECK(captured_now(client).json().at("user").is_null());
  }

  TEST_CASE("objects of the host are taken as they are") {  // S5.3
    const ScopedClient client;
    set_user_context(chat::Member{.number = 77, .name = "bob"});
    CHECK(captured_now(client).json().at("user.username") == Value("bob"));
    set_command_context(chat::Message{.number = 5, .command = "help", .author = {78, "cy"}});
    const CapturedEvent event = captured_now(client);
    CHECK(event.json().at("user.id") == Value("78"));
    CHECK(event.has_context("command", "message_id", Value("5")));
    static_assert(HasPicketUser<chat::Member> && !HasPicketUser<chat::Message>);
    static_assert(CommandLike<chat::Message> && !CommandLike<chat::Member>);

    set_user_context(chat::Member{});  // its conversion throws
    set_command_context(chat::Message{});
    CHECK(captured_now(client).json().at("user.id") == Value("78"));
    CHECK(client.diagnostics().size() == 2);
  }

  TEST_CASE("a text command lands field by field") {  // S5.4
    const ScopedClient client;
    set_command_context(kBan);
    const CapturedEvent event = captured_now(client);
    CHECK(to_json(event.json().at("contexts.command")) ==
          R"({"command":"ban_user","message_id":"1001","channel_id":"2002",)"
          R"("guild_id":"123456789012345678","prefix":"!","invoked_with":"ban","args_count":3,)"
          R"("guild_name":"Harbour","guild_member_count":412,"channel_name":"mods",)"
          R"("channel_type":"text"})");
    CHECK(event.has_tag("command.name", "ban_user"));
    CHECK(event.json().at("user.id") == Value("17"));
    CHECK_FALSE(event.has_context("interaction"));
  }

  TEST_CASE("an interactive command lands field by field") {  // S5.4
    const CommandContext slash{
        .name = "ban",
        .interactive = true,
        .invocation_id = "9",
        .interaction_type = "application_command",
        .options = {{"user", "user", Value("4711")}, {"days", "integer", 7}}};
    struct Row {
      const char* name;
      Options options;
      const char* told;
    };
    const std::vector<Row> rows{
        {"nothing personal",
         {},
         R"([{"name":"user","type":"user"},{"name":"days","type":"integer"}])"},
        {"with the option",
         {.capture_command_args = true},
         R"([{"name":"user","type":"user","value":"4711"},{"name":"days","type":"integer","value":7}])"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client(row.options);
      set_command_context(kBan);
      set_command_context(slash);
      const CapturedEvent event = captured_now(client);
      CHECK(to_json(event.json().at("contexts.interaction")) ==
            std::string(R"({"command":"ban","interaction_id":"9","channel_id":null,)"
                        R"("guild_id":null,"interaction_type":"application_command","options":)") +
                row.told + "}");
      CHECK(event.has_tag("command.name", "ban"));
      CHECK_FALSE(event.has_context("command"));
    }
  }

  TEST_CASE("argument values are sent only when they may be") {  // S5.4, S14.1
    for (const bool pii : {false, true}) {
      for (const bool args : {false, true}) {
        CAPTURE(pii);
        CAPTURE(args);
        const ScopedClient client({.capture_command_args = args, .send_default_pii = pii});
        set_command_context(kBan);
        const CapturedEvent event = captured_now(client);
        const bool sent = pii || args;
        CHECK(event.json().at("contexts.command.args.1") == (sent ? Value("spam") : Value()));
        CHECK(event.json().at("contexts.command.kwargs.days") == (sent ? Value(7) : Value()));
      }
    }
  }

  TEST_CASE("a command without a name or a group says so") {  // S5.4
    const ScopedClient client;
    set_command_context(CommandContext{.channel_name = "direct"});
    const CapturedEvent event = captured_now(client);
    CHECK(event.has_context("command", "command", Value("unknown")));
    CHECK(event.json().at("contexts.command").as_object()->contains("guild_id"));
    CHECK_FALSE(event.json().at("contexts.command").as_object()->contains("channel_name"));
    CHECK(event.has_tag("command.name", "unknown"));
  }

  TEST_CASE("setting the command starts its timer, setting it again does not restart it") {  // S5.5
    ScopedClient client;
    set_command_context(kBan);
    client.clock().advance(1s);
    set_command_context(kBan);  // as a handler of the failure might
    client.clock().advance(500ms);
    const std::runtime_error error("x");
    track_command_end("ban_user", false, &error);
    CHECK(captured_now(client).has_tag("command.execution_time_ms", "1500"));

    set_command_context(kBan);
    client.clock().advance(1s);
    CommandContext next = kBan;
    next.invocation_id = "1002";  // the former run never told its end
    set_command_context(next);
    client.clock().advance(250ms);
    track_command_end("ban_user");
    CHECK(captured_now(client).has_tag("command.execution_time_ms", "250"));
  }

  TEST_CASE("the end of a command leaves its duration and its outcome") {  // S6.10
    ScopedClient client;
    track_command_start("play");
    client.clock().advance(12346us);
    track_command_end("play", true);
    const CapturedEvent ok = captured_now(client);
    CHECK(ok.has_tag("command.execution_time_ms", "12.35"));
    CHECK(ok.has_tag("command.success", "true"));
    CHECK(ok.has_tag("command.outcome", "ok"));

    track_command_end("play", Outcome::user_error);
    const CapturedEvent user = captured_now(client);
    CHECK(user.has_tag("command.success", "true"));
    CHECK(user.has_tag("command.outcome", "user_error"));
  }

  TEST_CASE("a failure tells its error, and sends no event of its own") {  // S6.11
    ScopedClient client({.traces_sample_rate = 1.0});
    {
      const ScopeGuard work = isolate();
      auto transaction = start_transaction({.op = "command", .name = "ban_user"});
      track_command_start("ban_user");
      client.clock().advance(3ms);
      const chat::Refused error("no such member");
      track_command_end("ban_user", false, &error);
      CHECK(client.captured().events().empty());
      const CapturedEvent event = captured_now(client);
      CHECK(event.has_tag("command.execution_time_ms", "3"));
      CHECK(event.has_tag("command.success", "false"));
      CHECK(event.has_tag("command.outcome", "failed"));
      CHECK(event.has_tag("command.error_type", "Refused"));
      CHECK(to_json(event.json().at("contexts.command_error")) ==
            R"({"error_message":"no such member","error_type":"Refused","error_module":"chat"})");
    }
    const auto transaction = client.captured().last_transaction();
    CHECK(transaction->tag("command.error_type") == "Refused");
    CHECK(transaction->json().at("contexts.command_error.error_module") == Value("chat"));
    CHECK_FALSE(captured_now(client).tag("command.success"));  // gone with the scope

    track_command_end("x", false);
    CHECK_FALSE(captured_now(client).has_context("command_error"));
  }

  TEST_CASE("an end without a start has no duration, and forgets that of a former one") {  // S6.12
    ScopedClient client;
    track_command_start("a");
    client.clock().advance(1ms);
    const std::runtime_error error("x");
    track_command_end("a", false, &error);
    track_command_end("b", true);
    const CapturedEvent event = captured_now(client);
    CHECK_FALSE(event.tag("command.execution_time_ms"));
    CHECK_FALSE(event.tag("command.error_type"));
    CHECK_FALSE(event.has_context("command_error"));
    CHECK(event.has_tag("command.success", "true"));

    track_command_start("c");
    client.clock().advance(1s);
    track_command_start("c");
    client.clock().advance(2ms);
    track_command_end("c");
    CHECK(captured_now(client).has_tag("command.execution_time_ms", "2"));
  }

  TEST_CASE("one command in eight threads at once has eight durations") {  // S6.13
    ScopedClient client;
    constexpr int kThreads = 8;
    std::vector<std::unique_ptr<std::latch>> turns;
    for (int i = 0; i < kThreads; ++i) turns.push_back(std::make_unique<std::latch>(1));
    std::latch started(kThreads);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const ScopeGuard work = isolate();
        track_command_start("same");
        started.count_down();
        turns[static_cast<std::size_t>(i)]->wait();
        track_command_end("same");
        capture_message("thread " + std::to_string(i));
      });
    }
    started.wait();
    for (int i = 0; i < kThreads; ++i) {
      client.clock().advance(1ms);
      turns[static_cast<std::size_t>(i)]->count_down();
      threads[static_cast<std::size_t>(i)].join();
    }
    const auto captured = client.captured();
    for (int i = 0; i < kThreads; ++i) {
      CAPTURE(i);
      const auto events = captured.with_message("thread " + std::to_string(i));
      REQUIRE(events.size() == 1);
      CHECK(events[0].has_tag("command.execution_time_ms", std::to_string(i + 1)));
    }
  }

  TEST_CASE("the guard of a command tells how it was left") {  // S6.10, S6.11
    ScopedClient client;
    { const CommandTimer timer = track_command("fine"); }
    CHECK(captured_now(client).has_tag("command.outcome", "ok"));
    try {
      const CommandTimer timer = track_command("thrown");
      client.clock().advance(4ms);
      throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
    }
    const CapturedEvent thrown = captured_now(client);
    CHECK(thrown.has_tag("command.outcome", "failed"));
    CHECK(thrown.has_tag("command.execution_time_ms", "4"));
    {
      CommandTimer timer = track_command("told");
      timer.fail(chat::Refused("no"));
      CommandTimer other = std::move(timer);
    }
    CHECK(captured_now(client).has_tag("command.error_type", "Refused"));
  }

  TEST_CASE("all that is sent in a run has user, command and trace") {  // S7.1
    ScopedClient client({.traces_sample_rate = 1.0});
    const int result = [&] {
      const ScopeGuard dispatcher = isolate();
      return run_command(kBan, [&](Transaction& transaction) {
        add_breadcrumb("inside");
        transaction.set_data("cases", 2);
        capture_message("note");
        client.clock().advance(7ms);
        return 41 + 1;
      });
    }();
    CHECK(result == 42);
    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 1);
    const auto& transaction = captured.transactions()[0];
    CHECK(transaction.op() == "command");
    CHECK(transaction.name() == "ban_user");
    CHECK(transaction.status() == "ok");
    CHECK(transaction.datum("cases") == Value(2));
    CHECK(transaction.tag("command.execution_time_ms") == "7");
    CHECK(transaction.tag("command.name") == "ban_user");
    CHECK(transaction.json().at("user.id") == Value("17"));
    REQUIRE(captured.events().size() == 1);
    CHECK(captured.events()[0].has_tag("command.name", "ban_user"));
    CHECK(captured.events()[0].json().at("contexts.trace.trace_id") == transaction.trace_id());
    CHECK(captured.events()[0].breadcrumbs() == std::vector<std::string>{"inside"});
  }

  TEST_CASE("an error that only the global handler sees has user, command and outcome") {  // S7.1
    const ScopedClient client({.traces_sample_rate = 1.0});
    serve_command(
        kBan,
        [] {
          const ScopeGuard temporary = push_scope();
          set_tag("temporary", "yes");
          throw std::runtime_error("work");
        },
        [](const std::exception_ptr&) {
          try {
            throw std::logic_error("in the global handler");
          } catch (const std::exception&) {
            capture_exception();
          }
        });
    const auto events = client.captured().with_type("logic_error");
    REQUIRE(events.size() == 1);
    CHECK(events[0].has_tag("command.name", "ban_user"));
    CHECK(events[0].has_tag("command.success", "false"));
    CHECK(events[0].json().at("user.id") == Value("17"));
    CHECK_FALSE(events[0].tag("temporary"));
    CHECK_FALSE(captured_now(client).tag("command.name"));  // nothing is left for the next one
  }

  TEST_CASE("a user error is no event, however it is declared") {  // S7.2, A18
    const auto policy = ErrorPolicy().on<UserInput>({.send = false, .text = "Wrong: {error}"});
    std::vector<std::string> replies;
    const auto reply = [&](const ErrorReply& told) {
      CHECK(told.is_user_error);
      replies.push_back(told.text);
    };
    const auto work = []() -> int { throw UserInput("no id"); };
    const auto by_policy = [&] { run_command(kBan, work, {.policy = &policy, .reply = reply}); };
    const auto by_template = [&] { run_command<UserInput>(kBan, work, {.reply = reply}); };
    const auto by_options = [&] { run_command(kBan, work, {.reply = reply}); };
    struct Row {
      const char* name;
      std::function<void()> run;
      const char* text;
    };
    for (const Row& row :
         {Row{"policy", by_policy, "Wrong: no id"}, Row{"template", by_template, "no id"},
          Row{"options", by_options, "no id"}}) {
      CAPTURE(row.name);
      Options options{.traces_sample_rate = 1.0};
      if (row.text == std::string("no id") && row.name == std::string("options")) {
        options.ignore_errors.type<UserInput>();
      }
      const ScopedClient client(options);
      replies.clear();
      CHECK_THROWS_AS(row.run(), UserInput);
      const auto captured = client.captured();
      CHECK(captured.events().empty());
      REQUIRE(captured.transactions().size() == 1);
      CHECK(captured.transactions()[0].status() == "invalid_argument");
      CHECK(captured.transactions()[0].tag("command.outcome") == "user_error");
      CHECK(captured.transactions()[0].tag("command.success") == "true");
      CHECK(replies == std::vector<std::string>{row.text});
    }
  }

  TEST_CASE("a user error may end where it is answered") {  // S7.2
    const ScopedClient client;
    const CommandRules rules{.rethrow_user_errors = false};
    CHECK(run_command<UserInput>(
              kBan, []() -> int { throw UserInput("x"); }, rules) == 0);
    run_command<UserInput>(
        kBan, [] { throw UserInput("x"); }, rules);
    CHECK_THROWS_AS(run_command<UserInput>(
                        kBan, [] { throw std::logic_error("x"); }, rules),
                    std::logic_error);
    int place = 0;
    CHECK_THROWS_AS(run_command<UserInput>(
                        kBan,
                        [&](Transaction&) -> int& {
                          throw UserInput("x");
                          return place;
                        },
                        rules),
                    UserInput);
    CHECK(&run_command(kBan, [&]() -> int& { return place; }) == &place);
  }

  TEST_CASE("a system error is one event with three facts") {  // S7.3
    struct Row {
      const char* name;
      CommandContext command;
      const char* extra;
    };
    const std::vector<Row> rows{
        {"in a group", kBan,
         R"({"command":"ban_user","guild_id":"123456789012345678","channel_id":"2002"})"},
        {"outside",
         {.name = "help", .channel_id = "3"},
         R"({"command":"help","guild_id":null,"channel_id":"3"})"}};
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const ScopedClient client({.traces_sample_rate = 1.0});
      CHECK_THROWS_AS(run_command(row.command, [] { throw std::invalid_argument("broken"); }),
                      std::invalid_argument);
      const auto captured = client.captured();
      REQUIRE(captured.events().size() == 1);
      const CapturedEvent& event = captured.events()[0];
      CHECK(to_json(event.json().at("contexts.extra")) == row.extra);
      CHECK(event.has_tag("error.captured_safely", "true"));
      CHECK(event.has_tag("command.success", "false"));
      CHECK(captured.transactions()[0].status() == "internal_error");
      CHECK(captured.transactions()[0].datum("error.type") == Value("std::invalid_argument"));
      CHECK(event.json().at("contexts.trace.trace_id") == captured.transactions()[0].trace_id());
    }
  }

  TEST_CASE("the exception goes on unchanged, told once, with a text that tells nothing") {  // S7.4
    const ScopedClient client;
    std::string shown;
    const CommandRules rules{.reply = [&](const ErrorReply& reply) {
      shown = reply.text;
      CHECK_FALSE(reply.is_user_error);
      CHECK_FALSE(reply.event_id.is_nil());
      throw std::runtime_error("the reply cannot be sent");
    }};
    EventId second;
    serve_command(
        kBan, [] { throw chat::Refused("secret internals"); },
        [&](const std::exception_ptr& error) {
          CHECK_THROWS_AS(std::rethrow_exception(error), chat::Refused);
          second = capture_exception(error);
        },
        rules);
    REQUIRE(client.captured().events().size() == 1);
    CHECK(second.to_string() == client.captured().events()[0].id());
    CHECK(shown == "Something went wrong. (error id " + second.to_string() + ")");
  }

  TEST_CASE("an explicit status of the transaction wins") {  // S6.3
    const ScopedClient client({.traces_sample_rate = 1.0});
    for (const bool throws : {false, true}) {
      try {
        run_command(kBan, [&](Transaction& transaction) {
          transaction.set_status(SpanStatus::not_found);
          if (throws) throw std::runtime_error("x");
        });
      } catch (const std::runtime_error&) {
      }
      CHECK(client.captured().last_transaction()->status() == "not_found");
    }
  }

  TEST_CASE("the server of a command gives back what the handler makes of an error") {  // S7.1
    const ScopedClient client;
    const auto fails = []() -> std::string { throw std::runtime_error("x"); };
    CHECK(serve_command(
              kBan, [] { return std::string("done"); },
              [](const std::exception_ptr&) { return "sorry"; }) == "done");
    CHECK(serve_command(kBan, fails, [](const std::exception_ptr&) { return "sorry"; }) == "sorry");
    CHECK(serve_command(kBan, fails, [](const std::exception_ptr&) {}).empty());
    CHECK_THROWS_AS(serve_command(kBan, fails, [](const auto& e) { std::rethrow_exception(e); }),
                    std::runtime_error);
  }

  TEST_CASE("every run counts in the figures, whatever is sampled") {  // S6.13, S10.2
    ScopedClient client({.sample_rate = 0.0, .traces_sample_rate = 0.0});
    client.random().set({0.5});
    const CommandRules rules{.rethrow_user_errors = false};
    run_command(kBan, [&] { client.clock().advance(100ms); });
    run_command<UserInput>(
        kBan, [] { throw UserInput("x"); }, rules);
    CHECK_THROWS(run_command(kBan, [] { throw std::runtime_error("x"); }));
    track_command_end("ban_user", true);  // never started
    const CommandFigures figures = client.stats().figures.commands["ban_user"];
    CHECK(figures.ok.total == 2);
    CHECK(figures.user_errors.total == 1);
    CHECK(figures.failed.total == 1);
    CHECK(figures.timing.count == 3);
    CHECK(figures.timing.max == doctest::Approx(100).epsilon(0.02));
  }

  TEST_CASE("while off a command runs, and answers") {  // S5.10, S7.4, §15.1
    REQUIRE_FALSE(is_initialized());
    std::vector<std::string> shown;
    const CommandRules rules{
        .reply = [&](const ErrorReply& reply) { shown.push_back(reply.text); }};
    CHECK(run_command(kBan, [](Transaction& transaction) {
            transaction.set_data("k", 1);
            return 5;
          }) == 5);
    CHECK_THROWS_AS(run_command(
                        kBan, [] { throw chat::Refused("x"); }, rules),
                    chat::Refused);
    CHECK_THROWS_AS(run_command<UserInput>(
                        kBan, [] { throw UserInput("tell"); }, rules),
                    UserInput);
    CHECK(shown == std::vector<std::string>{"Something went wrong.", "tell"});

    set_user_context({.id = "1"});
    set_command_context(kBan);
    track_command_start("x");
    const ScopedClient client;
    track_command_end("x");
    const CapturedEvent event = captured_now(client);  // nothing of before has stayed
    CHECK(event.json().at("user").is_null());
    CHECK_FALSE(event.tag("command.name"));
    CHECK_FALSE(event.tag("command.execution_time_ms"));
  }
}

}  // namespace
}  // namespace picket
