#pragma once

// Whom the chat platform knows.

#include <string>
#include <string_view>

namespace chat {

struct Recipient {
  std::string_view id;
  std::string_view name;
  bool takes_messages;  // false: has closed their door to strangers
};

/// Null when there is no such person. Lifetime: that of the program.
const Recipient* find_recipient(std::string_view id);

}  // namespace chat
