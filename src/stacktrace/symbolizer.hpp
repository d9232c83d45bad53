#pragma once

// Names the frames of a raw stack: module, function (dynamic symbols, demangled), debug image. The
// worker calls it; results are cached in bounded tables because the same sites come again.

#include "picket/stacktrace.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picket::stacktrace {

/// Which frames are the host's own. Spec: P7.9.
struct InAppRules {
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
};

/// Threads: one at a time (the worker).
class Symbolizer {
 public:
  explicit Symbolizer(InAppRules rules = {});
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// The stack as the protocol wants it: oldest frame first, frames of picket itself at the newest
  /// end left out. `addresses` are return addresses, newest first.
  [[nodiscard]] Stacktrace name(std::span<const std::uintptr_t> addresses);

  /// The images that contain the frames of `stacktraces`, each once, by address.
  [[nodiscard]] std::vector<DebugImage> images_of(std::span<const Stacktrace* const> stacktraces);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::stacktrace
