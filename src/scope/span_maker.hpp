#pragma once

// Makes the public span objects, which nobody else can fill.

#include "picket/tracing.hpp"
#include "tracing/span_tree.hpp"

#include <optional>

namespace picket::scope {

struct SpanMaker {
  static SpanHandle handle(tracing::ActiveSpan span) noexcept;
  static tracing::ActiveSpan span_of(const SpanHandle& handle) noexcept;

  /// `guard`, which is empty, becomes a child of `parent` and nobody's current span.
  static void begin_detached(Span& guard, const tracing::ActiveSpan& parent, const SpanArgs& args);

  /// `guard`, which is empty, becomes a child of the calling thread's current span, and current
  /// itself. Without one, and for a span to be ignored, it stays empty; below a transaction that
  /// is not recorded it stands for that, unless it counts in the figures.
  static void begin_current(Span& guard, const SpanArgs& args);

  /// `guard`, which is empty, owns `root`, which may be none.
  static void begin(Transaction& guard, tracing::ActiveSpan root, bool is_current) noexcept;

  /// Makes the span that was current before `guard` current again, if `guard`'s still is.
  static void leave(Span& guard) noexcept;

  /// Counts the span of `guard`, which has ended, if it is one that counts in the figures.
  static void count(const Span& guard, std::optional<WallTime> end) noexcept;

 private:
  static void open(Span& guard, const tracing::SpanTree::Started& started) noexcept;
  static void measure(Span& guard, const SpanArgs& args) noexcept;
};

}  // namespace picket::scope
