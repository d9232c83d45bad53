#pragma once

// Where exceptions of a bridge end. A bridge stands outside the library, which swallows its own.

#include <utility>

namespace picket::http {

/// Runs `work`; what it throws, out of memory at worst, costs what it was about to tell.
template <class Work>
void contain(Work&& work) noexcept {
  try {
    std::forward<Work>(work)();
  } catch (...) {  // NOLINT(bugprone-empty-catch): nobody to tell
  }
}

}  // namespace picket::http
