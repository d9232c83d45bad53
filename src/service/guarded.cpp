#include "picket/guarded.hpp"

#include "base/contain.hpp"
#include "picket/captures.hpp"
#include "picket/picket.hpp"
#include "picket/privacy.hpp"
#include "sdk/current_client.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"

#include <string>

namespace picket {
namespace {

/// Captures what is of the host's own hierarchy as such, else as any error.
EventId capture(const std::exception* error, const std::exception_ptr& pointer,
                const CaptureOptions& options, SourceLocation location) {
  const auto* const domain = dynamic_cast<const DomainError*>(error);
  if (domain != nullptr && sdk::is_active()) {
    return capture_domain_error(*error, {}, options, location);
  }
  return pointer || error == nullptr ? capture_exception_safe(pointer, options, location)
                                     : capture_exception_safe(*error, options, location);
}

EventId handle(const std::exception* error, const std::exception_ptr& pointer,
               std::string_view operation, const GuardedOptions& guarded, SourceLocation location) {
  Object tags = guarded.tags.to_object();
  if (!guarded.component.empty()) tags.set("component", guarded.component);
  if (!operation.empty()) tags.set("operation", operation);
  CaptureOptions options;
  options.extra_context = guarded.extra_context;
  options.contexts = guarded.contexts;
  options.tags = tags;
  options.level = guarded.level;
  return capture(error, pointer, options, location);
}

/// The text passes the scrubber, for a log is read by many. While off the capture itself tells.
void tell(const std::type_info* type, const std::string& text, std::string_view operation,
          Level level) {
  if (!sdk::is_active() || !diag::hears(level)) return;
  const std::string name =
      type == nullptr ? std::string("an exception") : stacktrace::demangle(type->name());
  diag::log(level, "{} failed: {}: {}", operation, stacktrace::unwrap_nested(name),
            scrub_text(text));
}

}  // namespace

EventId handle_error(const std::exception_ptr& error, std::string_view operation,
                     const GuardedOptions& options, SourceLocation location) noexcept {
  return base::contain(EventId{}, [&] {
    return handle(stacktrace::inspect(error).as_std_exception, error, operation, options, location);
  });
}

EventId handle_error(const std::exception& error, std::string_view operation,
                     const GuardedOptions& options, SourceLocation location) noexcept {
  return base::contain(EventId{},
                       [&] { return handle(&error, nullptr, operation, options, location); });
}

EventId log_and_capture(const std::exception_ptr& error, std::string_view operation,
                        const GuardedOptions& options, SourceLocation location) noexcept {
  base::contain([&] {
    const stacktrace::ThrownObject thrown = stacktrace::inspect(error);
    tell(thrown.type, stacktrace::describe_value(thrown), operation, options.level);
  });
  return handle_error(error, operation, options, location);
}

EventId log_and_capture(const std::exception& error, std::string_view operation,
                        const GuardedOptions& options, SourceLocation location) noexcept {
  base::contain([&] {
    const char* const what = error.what();
    tell(&typeid(error), what == nullptr ? std::string() : what, operation, options.level);
  });
  return handle_error(error, operation, options, location);
}

}  // namespace picket
