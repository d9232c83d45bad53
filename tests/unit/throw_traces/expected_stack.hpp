#pragma once

// What the plain unwinder says of the place of a throw, to compare with.

#include "stacktrace/unwind.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace picket::throw_traces {

/// The return addresses into the callers of the function that calls this.
[[gnu::noinline]] inline std::vector<std::uintptr_t> callers() {
  stacktrace::Addresses addresses;
  stacktrace::unwind(addresses);
  const auto view = addresses.view();
  // Its own one and that into the function which asks.
  const std::vector<std::uintptr_t> above(view.begin() + 2, view.end());
  asm volatile("" : : : "memory");
  return above;
}

/// Whether `stack` is a throw in a function with these callers: the throw itself comes first.
inline bool is_throw_below(const stacktrace::Addresses& stack,
                           const std::vector<std::uintptr_t>& callers) {
  const auto view = stack.view();
  return view.size() == callers.size() + 1 &&
         std::equal(callers.begin(), callers.end(), view.begin() + 1);
}

}  // namespace picket::throw_traces
