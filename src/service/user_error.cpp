#include "service/user_error.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"
#include "sdk/current_client.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"

#include <algorithm>
#include <string>

namespace picket::service {
namespace {

bool is_named(const IgnoreErrors& ignored, const stacktrace::ThrownObject& thrown) {
  if (ignored.texts().empty() || thrown.type == nullptr) return false;
  const std::string demangled = stacktrace::demangle(thrown.type->name());
  const std::string name(stacktrace::unwrap_nested(demangled));
  const std::string type = stacktrace::split_type_name(name).type;
  const std::string value = stacktrace::describe_value(thrown);
  const auto& texts = ignored.texts();
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& entry) {
    return base::matches_entry(name, entry) || base::matches_entry(type, entry) ||
           base::matches_entry(name + ": " + value, entry) ||
           base::matches_entry(type + ": " + value, entry);
  });
}

bool is_recognised(const IgnoreErrors& ignored, const std::exception& error) {
  const auto& predicates = ignored.predicates();
  return std::any_of(predicates.begin(), predicates.end(), [&](const auto& predicate) {
    return base::contain(false, [&] { return predicate(error); });
  });
}

bool is_ignored(const stacktrace::ThrownObject& thrown) noexcept {
  if (!sdk::is_active()) return false;
  return base::contain(false, [&] {
    const sdk::BorrowedCore core;
    if (!core) return false;
    const IgnoreErrors& ignored = core->config().options.ignore_errors;
    const bool recognised =
        thrown.as_std_exception != nullptr && is_recognised(ignored, *thrown.as_std_exception);
    return recognised || is_named(ignored, thrown);
  });
}

}  // namespace

bool is_ignored_error(const std::exception_ptr& error) noexcept {
  return error && is_ignored(stacktrace::inspect(error));
}

bool is_ignored_error(const std::exception& error) noexcept {
  return is_ignored({.type = &typeid(error), .as_std_exception = &error, .object = &error});
}

}  // namespace picket::service
