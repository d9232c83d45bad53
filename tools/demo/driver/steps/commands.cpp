// Single commands, and what their errors know.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

namespace demo {

void user_errors(Stage& stage) {
  const Run run = stage.run({"@3 large !ban_user abc", "@2 large !ban_user 5 spam"});
  Checks& checks = stage.checks();
  checks.equal("reply to a bad id", std::string("'abc' is not a user id"), run.replies.at(0));
  checks.equal("reply without the right", std::string("only moderators may ban"),
               run.replies.at(1));
  checks.equal("the bot's tally: 2 user errors", 1U,
               run.log_count("0 ok, 2 user errors, 0 failed"));
  Expected(checks, run.arrivals).nothing_else();
}

void module_error(Stage& stage) {
  const Run run = stage.run({"@5 small !reload admin", "@5 small !reload missing"});
  Checks& checks = stage.checks();
  Expected expected(checks, run.arrivals);
  expected.event("the module throws", {{"exception/values/-1/type", "ModuleError"},
                                       {"exception/values/0/type", "runtime_error"},
                                       {"exception/values/0/module", "std"},
                                       {"tags/error.type", "module"},
                                       {"tags/module.name", "admin"},
                                       {"tags/command.name", "reload"},
                                       {"contexts/module_error/module_name", "admin"},
                                       {"contexts/module_error/error_type", "ModuleError"},
                                       {"contexts/module_error/command", "reload"}});
  checks.equal("reply to a missing module", std::string("there is no module 'missing'"),
               run.replies.at(1));
  expected.absorbed(2);
  expected.nothing_else();
}

void domain_error(Stage& stage) {
  const Run run = stage.run({"@6 small !setup"});
  Expected expected(stage.checks(), run.arrivals);
  const auto& event = expected.event("the missing setting",
                                     {{"exception/values/-1/type", "MissingSetting"},
                                      {"tags/error.type", "bot_error"},
                                      {"tags/error.severity", "high"},
                                      {"contexts/bot_error/error_code", "CONFIG_MISSING"},
                                      {"contexts/bot_error/user_facing", "true"},
                                      {"contexts/bot_error/command", "setup"},
                                      {"contexts/bot_error/user_id", "6"},
                                      {"contexts/bot_error/guild_id", "700000000000000002"}});
  const bool is_text = value_at(event, "contexts/bot_error/user_id").as_text() != nullptr &&
                       value_at(event, "contexts/bot_error/guild_id").as_text() != nullptr;
  stage.checks().equal("ids are JSON texts", true, is_text);
  expected.absorbed(2);
  expected.nothing_else();
}

void outside_a_group(Stage& stage) {
  const Run run = stage.run({"@8 - !fail Timeout"});
  Expected expected(stage.checks(), run.arrivals);
  expected.event("a failure in private", {{"exception/values/-1/type", "Timeout"},
                                          {"contexts/extra/command", "fail"},
                                          {"contexts/extra/guild_id", "null"},
                                          {"contexts/extra/channel_id", "720000000000000001"},
                                          {"contexts/command/guild_id", "null"},
                                          {"user/guild_id", "absent"},
                                          {"tags/guild_size", "none"},
                                          {"tags/error.captured_safely", "true"}});
  expected.absorbed(1);
  expected.nothing_else();
}

}  // namespace demo
