#pragma once

// What the bot tells picket, in one place: who acts, what is being done, and what failed. How long
// work takes is told where it is done, by spans.
// Without a DSN failures go to the local log instead. Nothing here throws.

#include "bot/db/errors.hpp"
#include "bot/db/pool.hpp"
#include "bot/db/statement.hpp"
#include "bot/errors.hpp"
#include "bot/request.hpp"
#include "picket/event_id.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace bot::report {

/// Sets user, command context and tags for everything that the present unit of work sends.
void command_started(const Request& request, std::string_view feature, std::string_view type);

/// A service is up.
void service_started(std::string_view class_name);

/// A service did not come up; `step` is where it stopped.
void service_failed(const std::exception& error, std::string_view class_name,
                    std::string_view step);

/// A query is about to run: a breadcrumb, and the pool's figures.
void query(const db::Query& query, const db::PoolFigures& figures);

/// The present exception is a failed query; the caller lets it pass on.
void database_error(const db::QueryError& error, const db::Query& query,
                    const db::PoolFigures& figures);

/// What an API answered: the endpoint without its parameters, and status and body unless there was
/// no answer.
struct ApiAnswer {
  std::string_view endpoint{};
  int status = 0;
  std::string_view body{};
};

/// The present exception is a failed request to another service; the caller lets it pass on.
void api_error(const std::exception& error, const ApiAnswer& answer);

/// The present exception is a module's; the caller lets it pass on.
void module_error(const ModuleError& error, std::string_view command);

/// The present exception ended a command. What a lower layer has reported is not sent again; its
/// id comes back.
picket::EventId command_failed(const std::exception& error, const Request& request);

/// As above for one of many failures that a command survives; nothing is logged.
picket::EventId repeated(const std::exception& error, const Request& request);

/// A background task has begun, is done, has failed; the caller lets the exception pass on.
void task_started(std::string_view name);
void task_finished(std::string_view name, std::string_view result);
void task_failed(const std::exception& error, std::string_view name);

/// The last net: an exception that left its command.
void unhandled(const std::exception& error);

}  // namespace bot::report
