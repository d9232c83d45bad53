#pragma once

// Random numbers that a test chooses.

#include "picket/export.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace picket::testing {

/// Hands out the given numbers in turn, again and again; copies share the sequence.
/// Threads: any.
class PICKET_EXPORT FixedRandom {
 public:
  /// Numbers in [0, 1); none: always 0.
  explicit FixedRandom(std::vector<double> numbers = {});

  void set(std::vector<double> numbers);
  [[nodiscard]] std::size_t draws() const;

  /// What goes into `Options::random`.
  [[nodiscard]] std::function<double()> handle() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace picket::testing
