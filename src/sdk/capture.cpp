// The capture functions of the front door.

#include "base/contain.hpp"
#include "base/never_destroyed.hpp"
#include "picket/picket.hpp"
#include "scope/thread_scopes.hpp"
#include "scope/unwound.hpp"
#include "sdk/current_client.hpp"

#include <utility>

namespace picket {

static constinit const base::NeverDestroyed<CaptureOptions> defaults;
constinit const CaptureOptions& detail::no_options = *defaults;

namespace {

/// For exceptions: the scopes that one has just left, if they were kept.
scope::ThreadScopes left_or_here() {
  scope::ThreadScopes here = scope::scopes_here();
  scope::ThreadScopes left = scope::take_unwound();
  if (left.isolation == nullptr) return here;
  left.span = std::move(here.span);
  return left;
}

/// A text is captured in the thread's own scopes, as long as nobody can pull them away meanwhile.
EventId capture_text(client::Core& core, std::string_view text, Level level,
                     const CaptureOptions& options, SourceLocation location) {
  const scope::ThreadScopes* const mine =
      core.config().calls_host() ? nullptr : scope::scopes_in_place();
  if (mine != nullptr) return core.capture(text, level, options, *mine, location);
  return core.capture(text, level, options, scope::scopes_here(), location);
}

/// Runs `capture` on the current core.
template <class Capture>
EventId with_core(Capture&& capture) noexcept {
  if (!sdk::is_active()) return {};
  return base::contain(EventId{}, [&] {
    const sdk::BorrowedCore core;
    return core ? capture(*core) : EventId{};
  });
}

}  // namespace

EventId capture_event(Event event, const CaptureOptions& options,
                      SourceLocation location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(std::move(event), options, scope::scopes_here(), location);
  });
}

namespace live {

EventId capture_exception(const CaptureOptions& options, const SourceLocation& location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(std::current_exception(), options, left_or_here(), location);
  });
}

EventId capture_exception(const std::exception& error, const CaptureOptions& options,
                          const SourceLocation& location) noexcept {
  return with_core(
      [&](client::Core& core) { return core.capture(error, options, left_or_here(), location); });
}

EventId capture_exception(const std::exception_ptr& error, const CaptureOptions& options,
                          const SourceLocation& location) noexcept {
  return with_core(
      [&](client::Core& core) { return core.capture(error, options, left_or_here(), location); });
}

EventId capture_message(std::string_view text, Level level, const CaptureOptions& options,
                        const SourceLocation& location) noexcept {
  return with_core(
      [&](client::Core& core) { return capture_text(core, text, level, options, location); });
}

bool should_capture_error(std::string_view type) noexcept {
  return base::contain(true, [&] {
    const sdk::BorrowedCore core;
    return !core || core->should_capture(type);
  });
}

EventId last_event_id() noexcept {
  return base::contain(EventId{}, [] { return scope::isolation_scope()->last_event_id(); });
}

}  // namespace live
}  // namespace picket
