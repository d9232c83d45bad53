#include "picket/capture_error.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"
#include "base/thread_id.hpp"
#include "protocol/trim.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/thread_report.hpp"
#include "stacktrace/demangle.hpp"

#include <utility>
#include <vector>

namespace picket {
namespace {

Mechanism mechanism_of(const Failure& failure, const CaptureOptions& options) {
  Mechanism mechanism;
  mechanism.type = std::string(options.mechanism);
  mechanism.handled = options.handled;
  if (!failure.code) return mechanism;
  const std::error_category& category = failure.code->category();
  mechanism.data = {{"code", Value(failure.code->value())},
                    {"category", Value(category.name())},
                    {"message", Value(failure.code->message())}};
  if (category == std::generic_category() || category == std::system_category()) {
    mechanism.meta.set("errno", Object{{"number", Value(failure.code->value())}});
  }
  return mechanism;
}

Exception exception_of(const Failure& failure, const CaptureOptions& options) {
  constexpr std::size_t kMaxTextBytes = protocol::kMaxMessageCharacters * 4 + 1;
  auto [type, module] = stacktrace::split_type_name(failure.type);
  Exception exception;
  exception.type = std::move(type);
  exception.module = std::move(module);
  exception.value = std::string(base::utf8_prefix(failure.value, kMaxTextBytes));
  exception.mechanism = mechanism_of(failure, options);
  return exception;
}

/// The calling thread, whose stack is that of the failure.
client::ThreadRecord thread_here(const client::Core& core) {
  client::ThreadRecord thread;
  thread.id = base::thread_id();
  thread.current = true;
  thread.owns_exception = true;
  thread.addresses = sdk::own_stack(core);
  return thread;
}

}  // namespace

EventId capture_failure(const Failure& failure, const CaptureOptions& options,
                        SourceLocation location) noexcept {
  if (!sdk::is_active()) return {};
  return base::contain(EventId{}, [&] {
    const sdk::BorrowedCore core;
    if (!core) return EventId{};
    Event event;
    event.level = options.level.value_or(Level::error);
    event.exceptions.push_back(exception_of(failure, options));
    const scope::ThreadScopes here = scope::scopes_here();
    std::vector<client::ThreadRecord> threads;
    threads.push_back(thread_here(*core));
    return core->capture(std::move(event), std::move(threads), options, here, location);
  });
}

EventId capture_error(const std::error_code& code, const CaptureOptions& options,
                      SourceLocation location) noexcept {
  if (!code || !sdk::is_active()) return {};
  return base::contain(EventId{}, [&] {
    return capture_failure({.type = "std::error_code", .value = code.message(), .code = code},
                           options, location);
  });
}

}  // namespace picket
