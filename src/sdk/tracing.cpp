// The tracing functions of the front door.

#include "picket/tracing.hpp"

#include "base/contain.hpp"
#include "base/environment.hpp"
#include "scope/span_maker.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/trace_from_environment.hpp"
#include "tracing/propagation.hpp"

#include <utility>

namespace picket {
namespace {

/// Runs `work` on the current core; while off it costs one atomic read.
template <class T, class Work>
T with_core(T fallback, Work&& work) noexcept {
  if (!sdk::is_active()) return fallback;
  return base::contain(std::move(fallback), [&]() -> T {
    const sdk::BorrowedCore core;
    return core ? work(*core) : T{};
  });
}

/// The thread's scope goes over to another trace; a span of the former one is current no longer.
void enter_trace(tracing::Trace trace) {
  scope::isolation_scope()->set_trace(std::move(trace));
  scope::exchange_span({});
}

/// Headers while no span is active. Spec: P4.10.
HeaderList headers_outside(client::Core& core, const PropagationTarget& target) {
  const tracing::TracePolicy& policy = *core.config().trace;
  if (!tracing::is_target(target.url, policy.targets, policy.own_authority)) return {};
  const auto link = tracing::TraceLink::outside(
      scope::isolation_scope()->publish_trace([&] { return core.new_trace(); }));
  return tracing::make_headers(
      {.trace_id = link.trace.trace_id, .span_id = link.span_id, .sampled = link.sampled},
      link.context(policy.identity()), target.baggage, policy.traceparent);
}

}  // namespace

namespace live {

// The scopes are the thread's own, as long as nobody can pull them away meanwhile.
Transaction start_transaction(const TransactionArgs& args) noexcept {
  Transaction begun;
  base::contain([&] {
    const sdk::BorrowedCore core;
    if (!core) return;
    const scope::ThreadScopes* const mine =
        core->config().calls_host() ? nullptr : scope::scopes_in_place();
    scope::SpanMaker::begin(begun,
                            mine != nullptr ? core->start_transaction(args, *mine)
                                            : core->start_transaction(args, scope::scopes_here()),
                            true);
  });
  return begun;
}

Span start_span(const SpanArgs& args) noexcept {
  Span begun;
  base::contain([&] { scope::SpanMaker::begin_current(begun, args); });
  return begun;
}

SpanHandle current_span() noexcept { return scope::SpanMaker::handle(scope::active_span()); }

HeaderList trace_headers(const PropagationTarget& target) noexcept {
  return with_core(HeaderList(), [&](client::Core& core) {
    const auto span = scope::active_span();
    return span.tree ? span.tree->headers(span.id, target) : headers_outside(core, target);
  });
}

}  // namespace live

bool continue_trace(const IncomingTrace& incoming) noexcept {
  return with_core(false, [&](client::Core& core) {
    const double draw = core.draw();
    auto trace = tracing::continue_trace(incoming, core.continuation_rules(), draw);
    const bool is_continued = trace.has_value();
    enter_trace(is_continued ? *std::move(trace) : tracing::new_trace(draw));
    return is_continued;
  });
}

bool continue_trace(std::string_view sentry_trace, std::string_view baggage) noexcept {
  IncomingTrace incoming;
  incoming.add("sentry-trace", sentry_trace);
  incoming.add("baggage", baggage);
  return continue_trace(incoming);
}

void start_new_trace() noexcept {
  with_core(false, [](client::Core& core) {
    enter_trace(core.new_trace());
    return true;
  });
}

namespace sdk {

void continue_trace_of_environment() noexcept {
  base::contain([] {
    const auto trace = base::environment("SENTRY_TRACE");
    if (!trace) return;
    continue_trace(*trace, base::environment("SENTRY_BAGGAGE").value_or(std::string()));
  });
}

}  // namespace sdk
}  // namespace picket
