#pragma once

// Where replies go: one line each on standard output, `#<line> <text>`.

#include <cstddef>
#include <mutex>
#include <string_view>

namespace bot {

/// Threads: any.
class Console {
 public:
  /// Writes and flushes the reply to line `number`; each of its lines begins with that number.
  void reply(std::size_t number, std::string_view text);

 private:
  std::mutex mutex_;
};

}  // namespace bot
