#pragma once

// Some versions of libcurl wake themselves through a pair of connected sockets that a program
// started by the host inherits, and do not tell which those are. This finds and marks them.

#include <functional>
#include <vector>

namespace picket::transport {

/// Unnamed stream sockets of this process that a started program would inherit. Empty where there
/// is no `/proc`: nothing is marked then.
/// Threads: one.
class InheritedSockets {
 public:
  /// Notes those that are open now, none of which is meant.
  InheritedSockets();

  /// Finds the pair that was opened since and through which `wake` sends its first byte, and has
  /// both ends closed on exec. Does nothing unless there is exactly one such pair: sockets of the
  /// host are not to be touched.
  void mark_pair_of(const std::function<void()>& wake) const;

 private:
  std::vector<int> before_;
};

}  // namespace picket::transport
