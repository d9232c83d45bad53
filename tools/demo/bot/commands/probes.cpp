// Commands that fail or dawdle on request, to see what monitoring makes of it.

#include "bot/commands/commands.hpp"
#include "bot/errors.hpp"
#include "bot/report.hpp"
#include "picket/picket.hpp"

#include <charconv>
#include <chrono>
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <fmt/format.h>

namespace bot::commands {

namespace {

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    throw UserError(fmt::format("'{}' is not a number", text));
  }
  return value;
}

[[noreturn, gnu::noinline]] void throw_named(std::string_view type, const Request& request) {
  const std::string text = fmt::format("{} on request of person {}", type, request.person->id);
  if (type == "Timeout") throw Timeout(text);
  if (type == "Logic") throw std::logic_error(text);
  if (type == "Runtime") throw std::runtime_error(text);
  throw UserError(fmt::format("there is no failure called '{}'", type));
}

}  // namespace

std::string fail(Services&, const Request& request) {
  if (request.args.empty()) throw UserError("usage: !fail <type> [n]");
  if (request.args.size() == 1) throw_named(request.args[0], request);
  const int count = number<int>(request.args[1]);
  for (int i = 0; i < count; ++i) {
    try {
      throw_named(request.args[0], request);
    } catch (const UserError&) {
      throw;
    } catch (const std::exception& error) {
      report::repeated(error, request);
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
      report::repeated(error, request);
      throw;
    }
  } catch (const Timeout&) {
    throw Error(fmt::format("outer failure of person {}", request.person->id));
  }
}

std::string slow(Services&, const Request& request) {
  if (request.args.size() != 1) throw UserError("usage: !slow <seconds>");
  const double seconds = number<double>(request.args[0]);
  if (seconds < 0 || seconds > 60) throw UserError("between 0 and 60 seconds, please");
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return fmt::format("slept {} s", request.args[0]);
}

}  // namespace bot::commands
