// Commands that fail or dawdle on request, to see what monitoring makes of it.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"
#include "picket/captures.hpp"
#include "picket/picket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace bot::commands {

namespace {

template <class Failure>
[[noreturn]] void throw_as(const std::string& text) {
  throw Failure(text);
}

struct Failure {
  std::string_view name;
  void (*cause)(const std::string& text);
};

constexpr std::array kFailures{
    Failure{"Timeout", throw_as<Timeout>},
    Failure{"ValidationError", throw_as<ValidationError>},
    Failure{"BadArgument", throw_as<BadArgument>},
    Failure{"DatabaseError", throw_as<DatabaseError>},
    Failure{"ApiError", throw_as<ApiError>},
    Failure{"Logic", throw_as<std::logic_error>},
    Failure{"Runtime", throw_as<std::runtime_error>},
};

/// A name that is not known is a failure like any other.
[[gnu::noinline]] void cause(std::string_view name, const Request& request) {
  const std::string text = fmt::format("{} on request of person {}", name, request.person->id);
  const auto found = std::ranges::find(kFailures, name, &Failure::name);
  if (found == kFailures.end()) throw Error(text);
  found->cause(text);
}

/// One of many failures that a command survives.
void capture(const std::exception& error, const Request& request) {
  const picket::Object facts{{"command", request.command}};
  const picket::CaptureOptions options{.extra_context = facts};
  if (dynamic_cast<const DatabaseError*>(&error) != nullptr) {
    picket::capture_database_error(error, {.operation = "fail"}, options);
  } else if (dynamic_cast<const ApiError*>(&error) != nullptr) {
    picket::capture_api_error(error, {.endpoint = "/fail", .status_code = 500}, options);
  } else {
    picket::capture_exception(error, options);
  }
}

}  // namespace

std::string fail(Services&, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !fail <type> [n]");
  if (request.args.size() == 1) cause(request.args[0], request);
  const int count = number_of<int>(request.args.at(1));
  for (int i = 0; i < count; ++i) {
    try {
      cause(request.args[0], request);
    } catch (const std::exception& error) {
      capture(error, request);
    }
  }
  return fmt::format("failed {} times", count);
}

std::string scratch(Services&, const Request& request) {
  try {
    const auto scope = picket::push_scope();
    picket::set_tag("scratch", "temporary");
    picket::set_context("scratch", {{"left_by", "exception"}});
    try {
      throw Timeout(fmt::format("inner failure of person {}", request.person->id));
    } catch (const Timeout& error) {
      capture(error, request);
      throw;
    }
  } catch (const Timeout&) {
    throw Error(fmt::format("outer failure of person {}", request.person->id));
  }
}

std::string slow(Services& services, const Request& request) {
  if (request.args.size() != 1) throw UserError("usage: !slow <seconds>");
  const double seconds = number_of<double>(request.args[0]);
  if (seconds < 0 || seconds > 60) throw UserError("between 0 and 60 seconds, please");
  const std::chrono::duration<double> time(seconds);
  services.pace().pass(std::chrono::duration_cast<std::chrono::microseconds>(time));
  return fmt::format("slept {} s", request.args[0]);
}

}  // namespace bot::commands
