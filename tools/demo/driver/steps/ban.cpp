// One command that works in two services, and once more when it fails: everything that is sent
// knows who acts and what is done, and one trace holds it together.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

namespace demo {

namespace {

// What the user, the command and the tags of everything are that comes out of a ban.
const std::vector<Fact> kContext{{"user/id", "3"},
                                 {"user/username", "chris"},
                                 {"user/guild_id", "700000000000000001"},
                                 {"user/guild_member_count", "4200"},
                                 {"user/top_role", "moderator"},
                                 {"user/email", "absent"},
                                 {"contexts/command/command", "ban_user"},
                                 {"contexts/command/guild_id", "700000000000000001"},
                                 {"contexts/command/args", "absent"},
                                 {"tags/command.name", "ban_user"},
                                 {"tags/command_type", "moderation"},
                                 {"tags/feature", "cases"},
                                 {"tags/guild_size", "large"},
                                 {"release", "bot@1.0.0"},
                                 {"server_name", "absent"}};

std::vector<Fact> with_context(std::vector<Fact> facts) {
  facts.insert(facts.end(), kContext.begin(), kContext.end());
  return facts;
}

constexpr const char* kTree =
    "command ban_user: ok [bot@1.0.0]\n"
    "  database fetch_user_cases: ok\n"
    "    db.query SELECT number, kind, reason FROM cases WHERE user_id = ?1 …: ok\n"
    "  database create_case: ok\n"
    "    db.query INSERT INTO cases (user_id, kind, reason) VALUES (?1, 'ban', …: ok\n"
    "  discord_api send_dm: ok\n"
    "    http.client POST http://127.0.0.1/users/123456789012345678/messages: ok\n"
    "      http.server POST /users/(\\d+)/messages: ok [chat@2.0.0]\n"
    "        function find_recipient: ok\n"
    "        template.render direct_message: ok\n"
    "        queue.publish outbox: ok\n"
    "  discord_api post_notice: ok\n"
    "    http.client POST http://127.0.0.1/channels/710000000000000001/notices: ok\n"
    "      http.server POST /channels/(\\d+)/notices: ok [chat@2.0.0]\n"
    "        queue.publish outbox: ok";

void check_the_ban(Expected& expected, Checks& checks, const Run& run) {
  const auto& ban = expected.transaction(
      "the ban", {{"transaction", "ban_user"}, {"contexts/command/args_count", "2"}},
      with_context({{"contexts/trace/op", "command"},
                    {"contexts/trace/status", "ok"},
                    {"contexts/trace/data/user_count", "1"},
                    {"transaction_info/source", "custom"},
                    {"breadcrumbs/values/3/message", "!ban_user"}}));
  expected.facts("the database's span", span_of(ban, "database", "fetch_user_cases"),
                 {{"data/case_count", "0"}});
  expected.facts("the chat API's span", span_of(ban, "discord_api", "send_dm"),
                 {{"data/message_type", "ban"}, {"tags/message_type", "ban"}});
  for (const char* name : {"POST /users/(\\d+)/messages", "POST /channels/(\\d+)/notices"}) {
    expected.transaction("the chat platform's part", {{"transaction", name}},
                         {{"release", "chat@2.0.0"},
                          {"contexts/trace/trace_id", trace_id_of(ban)},
                          {"contexts/trace/data/http.response.status_code", "200"},
                          {"user/id", "absent"},
                          {"contexts/command", "absent"}});
  }
  checks.equal("the trace, across both services", std::string(kTree),
               trace_tree(run.arrivals, trace_id_of(ban)));
}

void check_the_second_ban(Expected& expected) {
  const auto& event =
      expected.event("a second ban breaks the schema's rule",
                     with_context({{"exception/values/-1/type", "QueryError"},
                                   {"exception/values/-1/module", "bot::db"},
                                   {"exception/values/1/type", "ConstraintError"},
                                   {"exception/values/0/type", "DriverError"},
                                   {"contexts/command/message_id", "900000000000000002"},
                                   {"contexts/command/args_count", "3"},
                                   {"contexts/database/operation", "create"},
                                   {"contexts/database/table", "cases"},
                                   {"tags/error.type", "database"}}));
  const auto& ban = expected.transaction(
      "its transaction", {{"transaction", "ban_user"}, {"contexts/command/args_count", "3"}},
      with_context({{"contexts/trace/op", "command"},
                    {"contexts/trace/status", "internal_error"},
                    {"contexts/trace/trace_id", trace_id_of(event)},
                    {"contexts/trace/data/user_count", "absent"}}));
  expected.facts("its spans", span_of(ban, "database", "fetch_user_cases"),
                 {{"data/case_count", "1"}, {"status", "ok"}});
  expected.facts(
      "its failing span", span_of(ban, "database", "create_case"),
      {{"span_id", text_at(event, "contexts/trace/span_id")}, {"status", "internal_error"}});
}

}  // namespace

void ban_across_services(Stage& stage) {
  const Run run = stage.run_with_chat(
      {
          "@3 large !ban_user 123456789012345678 spam",
          "@3 large !ban_user 123456789012345678 spam again",
      },
      {"--traces-sample-rate", "1", "--release", "bot@1.0.0"});
  Checks& checks = stage.checks();
  checks.equal("reply to the first ban", std::string("banned 123456789012345678, 1 of 1 told"),
               run.replies.at(0));
  Expected expected(checks, run.arrivals);
  check_the_ban(expected, checks, run);
  check_the_second_ban(expected);
  expected.absorbed(2);
  expected.nothing_else();
}

}  // namespace demo
