#include "bot/dispatcher.hpp"

#include "bot/errors.hpp"
#include "bot/operations.hpp"
#include "bot/report.hpp"
#include "picket/picket.hpp"

#include <exception>

#include <fmt/format.h>

namespace bot {

namespace {

/// What users read when something broke: nothing of the inside, and a number to quote.
std::string neutral_text(picket::EventId id) {
  return fmt::format("something went wrong, error id {}", id ? id.to_string() : "none");
}

}  // namespace

void Dispatcher::serve(std::string_view line, std::size_t number) noexcept {
  try {
    if (is_operation(line)) return console_.reply(number, operate(services_, line));
    if (const auto request = parse_request(line, number)) run(*request);
  } catch (const UserError& error) {
    answer_mistake(number, error.what());
  } catch (const std::exception& error) {
    report::unhandled(error);
  }
}

[[gnu::noinline]] void Dispatcher::run(const Request& request) {
  const auto conversation = services_.conversations().of(*request.person).enter();
  const auto unit_of_work = picket::isolate();
  try {
    handle(request);
  } catch (const std::exception& error) {
    report::unhandled(error);
    ++tally_.failed;
  }
}

[[gnu::noinline]] void Dispatcher::handle(const Request& request) {
  const Command* command = find_command(request.command);
  if (command == nullptr) {
    return answer_mistake(request.number, fmt::format("there is no command {}", request.command));
  }
  report::command_started(request, command->feature, command->type);
  picket::traced({.op = "command", .name = command->name},
                 [&](picket::Transaction& transaction) { answer(*command, request, transaction); });
}

[[gnu::noinline]] void Dispatcher::answer(const Command& command, const Request& request,
                                          picket::Transaction& transaction) {
  try {
    const std::string reply = command.run(services_, request);
    ++tally_.ok;
    console_.reply(request.number, reply);
  } catch (const UserError& error) {
    transaction.set_status(picket::SpanStatus::invalid_argument);
    answer_mistake(request.number, error.what());
  } catch (const std::exception& error) {
    const picket::EventId id = report::command_failed(error, request);
    console_.reply(request.number, neutral_text(id));
    throw;
  }
}

void Dispatcher::answer_mistake(std::size_t number, std::string_view text) {
  ++tally_.user_errors;
  console_.reply(number, text);
}

std::string Dispatcher::summary() const {
  return fmt::format("{} ok, {} user errors, {} failed", tally_.ok.load(),
                     tally_.user_errors.load(), tally_.failed.load());
}

}  // namespace bot
