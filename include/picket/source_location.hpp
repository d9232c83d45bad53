#pragma once

// The place of a call, filled in by default arguments. It stands in for `std::source_location`,
// which clang 14 cannot compile with libstdc++.

namespace picket {

/// Lifetime: the texts are literals of the compiler and live for ever.
struct SourceLocation {
  const char* file = nullptr;
  const char* function = nullptr;
  unsigned line = 0;

  static constexpr SourceLocation current(const char* at_file = __builtin_FILE(),
                                          const char* at_function = __builtin_FUNCTION(),
                                          unsigned at_line = __builtin_LINE()) noexcept {
    return {at_file, at_function, at_line};
  }
};

}  // namespace picket
