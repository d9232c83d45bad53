#pragma once

// Makes the public span objects, which nobody else can fill.

#include "picket/tracing.hpp"
#include "tracing/span_tree.hpp"

#include <optional>

namespace picket::scope {

struct SpanMaker {
  static SpanHandle handle(tracing::ActiveSpan span) noexcept;
  static tracing::ActiveSpan span_of(const SpanHandle& handle) noexcept {
    return {.tree = handle.tree_, .id = handle.id_, .index = handle.index_};
  }

  /// Owns `span`, which is nobody's current one.
  static Span detached(tracing::ActiveSpan span, const SpanArgs& args) noexcept;

  /// Owns `span` and makes it the calling thread's current one.
  static Span current(tracing::ActiveSpan span, const SpanArgs& args) noexcept;
  static Transaction transaction(tracing::ActiveSpan root, bool is_current) noexcept;

  /// Makes the span that was current before `guard` current again, if `guard`'s still is.
  static void leave(Span& guard) noexcept;

  /// Counts the span of `guard`, which has ended, if it is one that counts in the figures.
  static void count(const Span& guard, std::optional<WallTime> end) noexcept;

 private:
  static void own(Span& guard, tracing::ActiveSpan span, bool is_current) noexcept;
  static void measure(Span& guard, const SpanArgs& args) noexcept;
};

/// A child of `parent`, not current anywhere; empty when there is none or it is ignored.
tracing::ActiveSpan start_child(const tracing::ActiveSpan& parent, const SpanArgs& args);

}  // namespace picket::scope
