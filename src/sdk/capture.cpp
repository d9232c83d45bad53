// The capture functions of the front door.

#include "base/contain.hpp"
#include "picket/picket.hpp"
#include "scope/thread_scopes.hpp"
#include "scope/unwound.hpp"
#include "sdk/current_client.hpp"

#include <utility>

namespace picket {
namespace {

client::CaptureScopes here(const client::Core& core) {
  return {.global = core.global(),
          .isolation = scope::isolation_scope(),
          .current = scope::current_scope(),
          .span = scope::active_span()};
}

/// For exceptions: the scopes that one has just left, if they were kept.
client::CaptureScopes left_or_here(const client::Core& core) {
  scope::ThreadScopes left = scope::take_unwound();
  if (left.isolation == nullptr) return here(core);
  return {.global = core.global(),
          .isolation = std::move(left.isolation),
          .current = std::move(left.current),
          .span = scope::active_span()};
}

/// Runs `capture` on the current core; while off it costs one atomic read.
template <class Capture>
EventId with_core(Capture&& capture) noexcept {
  if (!sdk::is_active()) return {};
  return base::contain(EventId{}, [&] {
    const sdk::BorrowedCore core;
    return core ? capture(*core) : EventId{};
  });
}

}  // namespace

EventId capture_exception(const CaptureOptions& options, SourceLocation location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(std::current_exception(), options, left_or_here(core), location);
  });
}

EventId capture_exception(const std::exception& error, const CaptureOptions& options,
                          SourceLocation location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(error, options, left_or_here(core), location);
  });
}

EventId capture_exception(const std::exception_ptr& error, const CaptureOptions& options,
                          SourceLocation location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(error, options, left_or_here(core), location);
  });
}

EventId capture_message(std::string_view text, Level level, const CaptureOptions& options,
                        SourceLocation location) noexcept {
  return with_core(
      [&](client::Core& core) { return core.capture(text, level, options, here(core), location); });
}

EventId capture_event(Event event, const CaptureOptions& options,
                      SourceLocation location) noexcept {
  return with_core([&](client::Core& core) {
    return core.capture(std::move(event), options, here(core), location);
  });
}

bool should_capture_error(std::string_view type) noexcept {
  if (!sdk::is_active()) return true;
  return base::contain(true, [&] {
    const sdk::BorrowedCore core;
    return !core || core->should_capture(type);
  });
}

EventId last_event_id() noexcept {
  if (!sdk::is_active()) return {};
  return base::contain(EventId{}, [] { return scope::isolation_scope()->last_event_id(); });
}

}  // namespace picket
