#include "scope/scope_state.hpp"

namespace picket::scope {

// What is replaced is moved out and dies after the lock is released: destructors of exceptions and
// event processors are the host's code, which may call us again.

void ScopeState::add_breadcrumb(WallTime timestamp, std::string_view message,
                                const BreadcrumbOptions& options, std::size_t max) {
  inner_.with(
      [&](Inner& inner) { inner.snapshot.breadcrumbs.add(timestamp, message, options, max); });
}

void ScopeState::clear_breadcrumbs() noexcept {
  BreadcrumbTrail former;
  inner_.with([&](Inner& inner) { std::swap(inner.snapshot.breadcrumbs, former); });
}

void ScopeState::clear() {
  ScopeSnapshot former;
  inner_.with([&](Inner& inner) {
    ScopeSnapshot kept;
    const ScopeData* const data = inner.snapshot.data.get();
    if (data != nullptr && !data->processors.empty()) {
      kept.data.edit().processors = data->processors;
    }
    former = std::exchange(inner.snapshot, std::move(kept));
  });
}

ScopeSnapshot ScopeState::snapshot() const {
  return inner_.with([](const Inner& inner) { return inner.snapshot; });
}

std::optional<tracing::Trace> ScopeState::trace_if_made() const {
  return inner_.with([](const Inner& inner) { return inner.trace; });
}

// The trace that a transaction takes because others know it already.
bool ScopeState::takes_known(Inner& inner) noexcept {
  if (!inner.trace) return false;
  const bool is_fresh = inner.trace_is_published && !inner.trace_is_taken;
  if (!inner.trace->is_continued && !is_fresh) return false;
  inner.trace_is_taken = true;
  return true;
}

void ScopeState::begin_trace(Inner& inner, tracing::Trace made) {
  if (inner.trace && !inner.trace_is_taken) {  // errors before it belong to the same trace
    made.trace_id = inner.trace->trace_id;
    made.span_id = inner.trace->span_id;
  }
  inner.trace = std::move(made);
  inner.trace_is_taken = true;
  inner.trace_is_published = false;
}

std::optional<tracing::Trace> ScopeState::take_known_trace() {
  return inner_.with([](Inner& inner) -> std::optional<tracing::Trace> {
    if (!takes_known(inner)) return std::nullopt;
    return inner.trace;
  });
}

tracing::Trace ScopeState::trace_for_transaction(tracing::Trace made) {
  return inner_.with([&](Inner& inner) {
    if (!takes_known(inner)) begin_trace(inner, std::move(made));
    return *inner.trace;
  });
}

void ScopeState::mark_published() {
  inner_.with([](Inner& inner) { inner.trace_is_published = true; });
}

tracing::Trace ScopeState::adopt_trace(tracing::Trace made) {
  return inner_.with([&](Inner& inner) {
    if (!inner.trace) inner.trace = std::move(made);
    return *inner.trace;
  });
}

tracing::Trace ScopeState::begin_trace(tracing::Trace made) {
  return inner_.with([&](Inner& inner) {
    begin_trace(inner, std::move(made));
    return *inner.trace;
  });
}

void ScopeState::set_trace(tracing::Trace trace) {
  inner_.with([&](Inner& inner) {
    inner.trace = std::move(trace);
    inner.trace_is_taken = false;
    inner.trace_is_published = false;
  });
}

std::shared_ptr<ScopeState> ScopeState::fork() const {
  return std::make_shared<ScopeState>(snapshot());
}

EventId ScopeState::id_of(const std::exception_ptr& exception) const noexcept {
  if (exception == nullptr) return {};
  return inner_.with([&](const Inner& inner) {
    return inner.last_exception == exception ? inner.last_exception_id : EventId{};
  });
}

void ScopeState::remember(EventId id, std::exception_ptr exception) noexcept {
  inner_.with([&](Inner& inner) {
    inner.last_event_id = id;
    inner.last_exception_id = exception != nullptr ? id : EventId{};
    std::swap(inner.last_exception, exception);
  });
}

EventId ScopeState::last_event_id() const noexcept {
  return inner_.with([](const Inner& inner) { return inner.last_event_id; });
}

}  // namespace picket::scope
