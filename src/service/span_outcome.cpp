#include "service/span_outcome.hpp"

#include "base/contain.hpp"
#include "scope/span_maker.hpp"

namespace picket::service {

void set_status_if_unset(const SpanHandle& span, SpanStatus status) noexcept {
  if (!span.is_recording()) return;
  base::contain([&] {
    const tracing::ActiveSpan active = scope::SpanMaker::span_of(span);
    if (active.tree->is_forked()) return;
    active.tree->edit(active.index, [&](tracing::SpanStore& store) {
      if (store.status(active.index) == SpanStatus::unset) store.set_status(active.index, status);
    });
  });
}

void mark_failed(SpanHandle& span, const std::exception_ptr& error) noexcept {
  set_status_if_unset(span, SpanStatus::internal_error);
  span.set_failed(error);  // the class; a status there is by now
}

}  // namespace picket::service
