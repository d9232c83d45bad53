#pragma once

// One line of a conversation, taken apart:
//   @3 large !ban_user 123456789012345678 spam
// says that person 3 wrote `!ban_user …` in the group `large`. A group of `-` is a private chat.
// Both may be left out; then person 1 talks in private.

#include "bot/people.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot {

inline constexpr char kPrefix = '!';

/// Lifetime: `person` and `group` live as long as the program.
struct Request {
  std::size_t number = 0;  // of the line in its conversation, from 1
  const Person* person = nullptr;
  const Group* group = nullptr;  // null: a private chat
  std::string command{};
  std::vector<std::string> args{};

  /// The arguments from `first` on as one text.
  [[nodiscard]] std::string text_from(std::size_t first) const;
};

/// What stands between blanks.
std::vector<std::string> words_of(std::string_view line);

/// Reads one line; nothing for a blank line and for a comment, which starts with `#`.
/// Errors: `UserError` when the person or the group is unknown or there is no command.
std::optional<Request> parse_request(std::string_view line, std::size_t number);

}  // namespace bot
