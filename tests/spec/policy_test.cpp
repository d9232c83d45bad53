// The central error policy, and commands that are watched from outside.

#include "picket/error_policy.hpp"
#include "picket/json.hpp"
#include "picket/observer.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/chat_types.hpp"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;

struct CommandError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct UserInput : CommandError {
  using CommandError::CommandError;
};
struct MissingArgument : UserInput {
  using UserInput::UserInput;
};
struct InvokeError : CommandError {
  explicit InvokeError(std::exception_ptr cause)
      : CommandError("invoke"), original(std::move(cause)) {}
  std::exception_ptr original;
};

template <class Throw>
std::exception_ptr thrown(Throw&& throws) {
  try {
    throws();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

template <class Error>
std::exception_ptr made(const char* text) {
  return std::make_exception_ptr(Error(text));
}

/// `Outer` around `cause`, as `std::throw_with_nested` makes it.
template <class Outer>
std::exception_ptr around(const std::exception_ptr& cause) {
  return thrown([&] {
    try {
      std::rethrow_exception(cause);
    } catch (...) {
      std::throw_with_nested(Outer("around"));
    }
  });
}

ErrorPolicy the_policy() {
  return ErrorPolicy()
      .on<std::exception>({.text = "any"})
      .on<CommandError>({.text = "command"})
      .on<UserInput>({.send = false, .text = "input", .show_usage = true})
      .on<std::system_error>({.level = Level::fatal, .text = "system"});
}

TEST_SUITE("spec/policy") {
  TEST_CASE("the exact class comes first, then bases in their order, then the rest") {  // T22
    const ErrorPolicy all = the_policy();
    const auto bases = ErrorPolicy()
                           .on<UserInput>({.send = false, .text = "input"})
                           .on<CommandError>({.text = "command"})
                           .otherwise({.text = "rest"});
    struct Row {
      const char* name;
      const ErrorPolicy& policy;
      std::exception_ptr error;
      const char* text;
      bool send;
    };
    for (const Row& row : {
             Row{"exact, declared last", all, made<UserInput>("x"), "input", false},
             Row{"exact base", all, made<CommandError>("x"), "command", true},
             Row{"first declared base", all, made<MissingArgument>("x"), "any", true},
             Row{"nearest declared first", bases, made<MissingArgument>("x"), "input", false},
             Row{"exact under a nesting", all, around<UserInput>(made<std::logic_error>("c")),
                 "input", false},
             Row{"none", bases, made<std::logic_error>("x"), "rest", true},
             Row{"no std::exception", all, std::make_exception_ptr(5), "", true},
             Row{"nothing", all, nullptr, "", true},
         }) {
      CAPTURE(row.name);
      CHECK(row.policy.rule_for(row.error).text == row.text);
      CHECK(row.policy.rule_for(row.error).send == row.send);
    }
    CHECK(all.rule_for(UserInput("by reference")).show_usage);
  }

  TEST_CASE("wrapped errors are unwrapped, ten levels deep") {  // T22
    const auto policy = ErrorPolicy()
                            .on<CommandError>({.text = "command"})
                            .on<UserInput>({.send = false, .text = "input"});
    const auto unwrapping = ErrorPolicy(policy).unwrap<CommandError>();
    const auto own = ErrorPolicy(policy).unwrap<InvokeError>(
        [](const InvokeError& error) { return error.original; });
    const auto deep = [](int levels) {
      std::exception_ptr error = made<UserInput>("x");
      for (int i = 0; i < levels; ++i) error = around<std::logic_error>(error);
      return error;
    };
    const auto invoked = [](std::exception_ptr cause) {
      return std::make_exception_ptr(InvokeError(std::move(cause)));
    };
    struct Row {
      const char* name;
      const ErrorPolicy& policy;
      std::exception_ptr error;
      const char* text;
    };
    for (const Row& row : {
             Row{"what is outside has no rule", policy, deep(1), "input"},
             Row{"ten levels", policy, deep(10), "input"},
             Row{"eleven levels", policy, deep(11), ""},
             Row{"what is outside has one", policy, around<CommandError>(made<UserInput>("x")),
                 "command"},
             Row{"a declared wrapper", unwrapping, around<CommandError>(made<UserInput>("x")),
                 "input"},
             Row{"a wrapper without a cause", unwrapping, made<CommandError>("x"), "command"},
             Row{"a wrapper around what is unknown", unwrapping,
                 around<CommandError>(made<std::logic_error>("x")), "command"},
             Row{"a wrapper of the host's own kind", own, invoked(made<UserInput>("x")), "input"},
             Row{"with nothing inside", own, invoked(nullptr), "command"},
         }) {
      CAPTURE(row.name);
      CHECK(row.policy.rule_for(row.error).text == row.text);
    }
  }

  TEST_CASE("what is sent shows its id, what is not sends nothing") {  // T22
    const ScopedClient client;
    const auto policy = ErrorPolicy(the_policy()).on<std::bad_alloc>({.text = "See {event_id}."});
    const ErrorReply sent = policy.handle(made<CommandError>("inside"));
    CHECK_FALSE(sent.is_user_error);
    CHECK(sent.text == "command (error id " + sent.event_id.to_string() + ")");
    const ErrorReply own_place = policy.handle(std::make_exception_ptr(std::bad_alloc()));
    CHECK(own_place.text == "See " + own_place.event_id.to_string() + ".");
    const ErrorReply user = policy.handle(made<UserInput>("mistake"));
    CHECK(user.is_user_error);
    CHECK(user.show_usage);
    CHECK(user.event_id.is_nil());
    CHECK(user.text == "input");

    const CaptureOptions options{.tags = {}, .level = Level::info};
    policy.handle(made<CommandError>("listener"), {.capture = &options});
    const std::system_error system(std::error_code(5, std::generic_category()));
    policy.handle(system);
    const auto captured = client.captured();
    REQUIRE(captured.errors().size() == 4);
    const auto level_of = [&](const char* value) {
      for (const auto& event : captured.errors()) {
        if (event.value() == value) return event.level();
      }
      return std::string("none");
    };
    CHECK(captured.with_type("CommandError")[0].id() == sent.event_id.to_string());
    CHECK(level_of("inside") == "error");
    CHECK(level_of("listener") == "info");
    CHECK(level_of(system.what()) == "fatal");
  }

  TEST_CASE("texts are filled in once, from facts that the call knows") {  // T22
    struct Row {
      const char* text;
      const char* filled;
    };
    for (const Row& row : {
             Row{"{error}", "a {type} b"},  // a text from outside is not looked through
             Row{"{type}: {command} has {count} {kind}", "UserInput: ban has 3 {kind}"},
             Row{"{{command}} {", "{ban} {"},
             Row{"}{ {command", "}{ {command"},
             Row{"", "a {type} b"},
             Row{"[{event_id}]", "[]"},
         }) {
      CAPTURE(row.text);
      const auto policy = ErrorPolicy().on<UserInput>({.send = false, .text = row.text});
      const ErrorReply reply =
          policy.handle(UserInput("a {type} b"), {.facts = {{"command", "ban"}, {"count", 3}}});
      CHECK(reply.text == row.filled);
    }
    CHECK(ErrorPolicy().reply(made<std::logic_error>("secret"), {}).text ==
          "Something went wrong.");
  }

  TEST_CASE("while off the policy still answers") {  // §15.1, T22
    REQUIRE_FALSE(is_initialized());
    const ErrorReply reply = the_policy().handle(made<CommandError>("x"));
    CHECK(reply.text == "command");
    CHECK(reply.event_id.is_nil());
  }

  TEST_CASE("an observer does what a command would have to do itself") {  // T24
    ScopedClient client;
    const ErrorPolicy policy = the_policy();
    const CommandObserver observer(policy);
    const CommandContext command{.name = "ban", .author = User{.id = "17"}};
    observer.on_start(command);
    client.clock().advance(std::chrono::milliseconds(5));
    observer.on_completed(command);
    capture_message("completed");
    observer.on_start(command);
    CHECK(observer.on_failed(command, UserInput("x")) == Outcome::user_error);
    capture_message("mistaken");
    observer.on_start(chat::Message{.number = 4, .command = "kick", .author = {9, "cy"}});
    CHECK(observer.on_failed(chat::Message{.number = 4, .command = "kick", .author = {9, "cy"}},
                             CommandError("x")) == Outcome::failed);
    capture_message("failed");
    CHECK(CommandObserver().on_failed(command, std::make_exception_ptr(7)) == Outcome::failed);

    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 3);  // it captures nothing itself
    const auto completed = captured.with_message("completed")[0];
    CHECK(completed.has_tag("command.name", "ban"));
    CHECK(completed.has_tag("command.execution_time_ms", "5"));
    CHECK(completed.json().at("user.id") == Value("17"));
    CHECK(captured.with_message("mistaken")[0].has_tag("command.outcome", "user_error"));
    const auto failed = captured.with_message("failed")[0];
    CHECK(failed.has_tag("command.error_type", "CommandError"));
    CHECK(failed.json().at("user.id") == Value("9"));
  }

  TEST_CASE("each command of a registry runs in one transaction") {  // T12
    struct Registered {
      std::string group;
      std::string name;
      std::function<std::string(int, const std::string&)> run;
      [[nodiscard]] std::string qualified_name() const {
        if (name == "broken") throw std::runtime_error("no name");
        return group + " " + name;
      }
      std::function<std::string(int, const std::string&)>& handler() { return run; }
    };
    const auto repeat = [](int times, const std::string& text) {
      std::string all;
      for (int i = 0; i < times; ++i) all += text;
      return all;
    };
    const ScopedClient client({.traces_sample_rate = 1.0});
    std::vector<Registered> commands{
        {"case", "broken", repeat}, {"case", "list", repeat}, {"case", "empty", nullptr}};
    CHECK(instrument(commands) == 1);
    CHECK(instrument(commands) == 0);
    commands.push_back({"case", "show", repeat});
    CHECK(instrument(commands) == 1);
    CHECK(commands[0].run(2, "ab") == "abab");
    CHECK(commands[1].run(2, "ab") == "abab");
    CHECK_FALSE(commands[2].run);

    std::map<std::string, std::function<void(int&)>> by_name{
        {"ping", [](int& count) { ++count; }},
        {"fail", [](int&) { throw std::invalid_argument("x"); }}};
    CHECK(instrument(by_name) == 2);
    CHECK(instrument(by_name) == 0);
    int count = 0;
    by_name["ping"](count);
    CHECK(count == 1);
    CHECK_THROWS_AS(by_name["fail"](count), std::invalid_argument);

    const auto captured = client.captured();
    REQUIRE(captured.transactions().size() == 3);
    CHECK(captured.transactions_named("command.case list").size() == 1);
    CHECK(captured.transactions_named("command.ping").size() == 1);
    CHECK(captured.transactions()[0].op() == "command.run");
    CHECK(captured.transactions_named("command.ping")[0].status() == "ok");
    CHECK(captured.transactions_named("command.fail")[0].status() != "ok");
    CHECK(client.diagnostics().size() == 3);  // the one without a name, each time
  }
}

}  // namespace
}  // namespace picket
