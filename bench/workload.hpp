#pragma once

// The pieces of work that are measured, the same in every program: what a service that answers
// commands notes and captures.

#include "picket/picket.hpp"

#include <cstdint>
#include <memory>

namespace picket::bench {

constexpr const char* kText = "the quick brown fox jumps over the lazy dog";
constexpr int kDepth = 20;

template <class Function>
void repeat(int times, Function&& function) {
  for (int i = 0; i < times; ++i) function();
}

/// Calls `function` from that many frames further down.
template <class Function>
[[gnu::noinline]] void call_from_below(int depth, Function& function) {
  if (depth == 0) {
    function();
  } else {
    call_from_below(depth - 1, function);
  }
  asm volatile("");  // a call, not a jump
}

/// A breadcrumb with two values.
inline void note() {
  add_breadcrumb(kText, {.category = "bench", .data = {{"number", 12}, {"text", "value"}}});
}

/// Three tags, a user, a context and so many breadcrumbs.
void fill_scope(std::int64_t breadcrumbs);

/// A transaction with so many spans; a span has an op, a description and a datum.
void run_transaction(std::int64_t spans);

/// An exception that is not in flight, captured 20 frames further down.
void capture_deep();

/// Throws the bytes away.
std::shared_ptr<Transport> discarding_transport();

/// A DSN, a release, and no diagnostics.
Options with_defaults(Options options);

}  // namespace picket::bench
