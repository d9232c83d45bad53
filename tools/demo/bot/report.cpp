#include "bot/report.hpp"

#include "bot/log.hpp"
#include "bot/type_name.hpp"
#include "picket/picket.hpp"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace bot::report {

namespace {

constexpr std::size_t kMaxResponse = 4096;

/// An id of 18 digits, as chat platforms have them.
std::string message_id(const Request& request) { return fmt::format("9{:017}", request.number); }

picket::Value id_or_null(const Group* group) {
  return group == nullptr ? picket::Value() : picket::Value(group->id);
}

std::string channel_id(const Request& request) {
  return request.group == nullptr ? "72" + message_id(request).substr(2)
                                  : request.group->channel_id;
}

picket::User to_user(const Request& request) {
  const Person& person = *request.person;
  picket::User user{.id = person.id, .username = person.name};
  user.data.set("display_name", person.name).set("bot", false).set("system", false);
  if (const Group* group = request.group) {
    user.data.set("guild_id", group->id)
        .set("guild_name", group->name)
        .set("guild_member_count", group->member_count)
        .set("guild_permissions", person.role == Role::moderator ? "1099511627782" : "1024")
        .set("top_role", to_text(person.role));
  }
  return user;
}

picket::Object to_command(const Request& request) {
  picket::Object facts{{"command", request.command},        {"message_id", message_id(request)},
                       {"channel_id", channel_id(request)}, {"guild_id", id_or_null(request.group)},
                       {"prefix", std::string(1, kPrefix)}, {"invoked_with", request.command},
                       {"args_count", request.args.size()}};
  if (const Group* group = request.group) {
    facts.set("guild_name", group->name)
        .set("guild_member_count", group->member_count)
        .set("channel_name", "general")
        .set("channel_type", "text");
  }
  return facts;
}

picket::Object to_context(const db::PoolFigures& figures) {
  return {{"pool_size", figures.pool_size},
          {"active_connections", figures.active_connections},
          {"query_count", figures.query_count}};
}

picket::EventId domain_error(const DomainError& error, const Request& request) {
  const auto scope = picket::push_scope();
  picket::set_tag("error.type", "bot_error");
  picket::set_tag("error.severity", error.severity());
  picket::set_context("bot_error", {{"error_code", error.code()},
                                    {"user_facing", error.is_user_facing()},
                                    {"command", request.command},
                                    {"user_id", request.person->id},
                                    {"guild_id", id_or_null(request.group)}});
  return picket::capture_exception(error);
}

}  // namespace

void command_started(const Request& request, std::string_view feature, std::string_view type) {
  if (!picket::is_initialized()) return;
  picket::set_user(to_user(request));
  picket::set_context("command", to_command(request));
  picket::set_tag("command.name", request.command);
  picket::set_tag("command_type", type);
  picket::set_tag("feature", feature);
  picket::set_tag("guild_size", request.group == nullptr ? "none" : request.group->name);
  picket::add_breadcrumb(
      fmt::format("{}{}", kPrefix, request.command),
      {.category = "command",
       .data = {{"user_id", request.person->id}, {"args_count", request.args.size()}}});
}

void service_started(std::string_view class_name) {
  picket::add_breadcrumb(fmt::format("started {}", class_name), {.category = "service"});
}

void service_failed(const std::exception& error, std::string_view class_name,
                    std::string_view step) {
  log::failure(error);
  picket::capture_exception(
      error, {.extra_context = {{"service", class_name}, {"initialization_step", step}},
              .tags = {{"error.captured_safely", true}}});
}

void query(const db::Query& query, const db::PoolFigures& figures) {
  if (!picket::is_initialized()) return;
  picket::set_context("database", to_context(figures));
  picket::add_breadcrumb(fmt::format("{} on {}", query.operation, query.table),
                         {.category = "query", .data = {{"query", query.sql}}});
}

[[gnu::noinline]] void database_error(const db::QueryError& error, const db::Query& query,
                                      const db::PoolFigures& figures) {
  if (!picket::is_initialized()) return;
  // A context replaces one of the same name, so the figures are given again beside the error.
  picket::Object facts = to_context(figures);
  facts.set("error_type", bare_name(typeid(error)))
      .set("error_message", error.what())
      .set("operation", query.operation)
      .set("table", query.table)
      .set("query", query.sql);
  const auto scope = picket::push_scope();
  picket::set_tag("error.type", "database");
  picket::set_context("database", facts);
  picket::capture_exception(error);
}

void api_error(const std::exception& error, const ApiAnswer& answer) {
  if (!picket::is_initialized()) return;
  picket::Object facts{{"error_type", bare_name(typeid(error))},
                       {"error_message", error.what()},
                       {"endpoint", answer.endpoint}};
  const auto scope = picket::push_scope();
  picket::set_tag("error.type", "api");
  picket::set_tag("api.endpoint", answer.endpoint);
  if (answer.status != 0) {
    picket::set_tag("api.status_code", answer.status);
    facts.set("status_code", answer.status);
  }
  if (!answer.body.empty()) facts.set("response", answer.body.substr(0, kMaxResponse));
  picket::set_context("api_error", facts);
  picket::capture_exception(error);
}

void module_error(const ModuleError& error, std::string_view command) {
  if (!picket::is_initialized()) return;
  const auto scope = picket::push_scope();
  picket::set_tag("error.type", "module");
  picket::set_tag("module.name", error.module());
  picket::set_tag("command.name", command);
  picket::set_context("module_error", {{"module_name", error.module()},
                                       {"error_type", bare_name(typeid(error))},
                                       {"command", command}});
  picket::capture_exception(error);
}

picket::EventId command_failed(const std::exception& error, const Request& request) {
  log::failure(error);
  return repeated(error, request);
}

picket::EventId repeated(const std::exception& error, const Request& request) {
  if (const auto* domain = dynamic_cast<const DomainError*>(&error)) {
    return domain_error(*domain, request);
  }
  return picket::capture_exception(error,
                                   {.extra_context = {{"command", request.command},
                                                      {"guild_id", id_or_null(request.group)},
                                                      {"channel_id", channel_id(request)}},
                                    .tags = {{"error.captured_safely", true}}});
}

void task_started(std::string_view name) {
  picket::add_breadcrumb(fmt::format("started {}", name), {.category = "task"});
}

void task_finished(std::string_view name, std::string_view result) {
  picket::add_breadcrumb(fmt::format("finished {}: {}", name, result), {.category = "task"});
}

void task_failed(const std::exception& error, std::string_view name) {
  log::failure(error);
  picket::capture_exception(
      error, {.extra_context = {{"task", name}}, .tags = {{"error.captured_safely", true}}});
}

void unhandled(const std::exception& error) { picket::capture_exception(error); }

}  // namespace bot::report
