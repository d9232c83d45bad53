#pragma once

// `contain` is where exceptions end: every public function, every turn of the worker and every
// call into the host's code goes through it.

#include "base/diagnostics.hpp"

#include <exception>
#include <utility>

namespace picket::base {

/// Runs `work`; when it throws, says so and returns `fallback`.
template <class T, class Work>
T contain(T fallback, Work&& work) noexcept {
  try {
    return std::forward<Work>(work)();
  } catch (const std::exception& error) {
    diag::contained(error.what());
  } catch (...) {
    diag::contained("an exception not derived from std::exception");
  }
  return fallback;
}

template <class Work>
void contain(Work&& work) noexcept {
  try {
    std::forward<Work>(work)();
  } catch (const std::exception& error) {
    diag::contained(error.what());
  } catch (...) {
    diag::contained("an exception not derived from std::exception");
  }
}

}  // namespace picket::base
