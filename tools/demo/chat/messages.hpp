#pragma once

// Messages on their way to somebody.

#include "chat/directory.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

/// The text of a direct message of this kind, such as `ban`.
std::string render(std::string_view kind, std::string_view reason, const Recipient& recipient);

/// Takes messages and numbers them.
/// Threads: any.
class Outbox {
 public:
  /// The id of the message.
  std::string deliver(std::string_view text);

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace chat
