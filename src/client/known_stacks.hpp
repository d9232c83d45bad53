#pragma once

// The stacks that came before, as the JSON that they were written as. A service fails at few
// places, and the way there is mostly the same: naming and writing its frames again would be most
// of what the worker does for an event. Where hooks see frames as values, none of this is used.

#include "picket/source_location.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace picket::client {

/// One stack, and the images that its frames lie in, with commas between.
struct StackText {
  std::string stacktrace{};
  std::string images{};
};

/// Threads: the worker.
class KnownStacks {
 public:
  static constexpr std::size_t kMaxStacks = 256;
  static constexpr std::size_t kMaxBytes = 2U << 20U;

  /// Forgets everything when `generation` is not that of the call before: the modules are others.
  void keep_to(std::uint64_t generation) noexcept;

  /// Null: not known. `site` is where the capture function was called, which the stack shows.
  [[nodiscard]] std::shared_ptr<const StackText> find(const std::vector<std::uintptr_t>& addresses,
                                                      const SourceLocation& site) const;

  /// One that would go beyond the bounds has all others forgotten.
  std::shared_ptr<const StackText> remember(std::vector<std::uintptr_t> addresses,
                                            const SourceLocation& site, StackText text);

 private:
  struct Stack {
    std::vector<std::uintptr_t> addresses{};
    SourceLocation site{};
    std::shared_ptr<const StackText> text{};
  };

  std::unordered_multimap<std::size_t, Stack> stacks_{};  // by a hash of their addresses
  std::size_t bytes_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace picket::client
