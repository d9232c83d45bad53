#pragma once

// One line of a conversation, taken apart:
//   @3 large !ban_user 123456789012345678 spam
// says that person 3 wrote `!ban_user …` in the group `large`. A group of `-` is a private chat.
// Both may be left out; then person 1 talks in private.

#include "bot/people.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace picket {
struct CommandContext;
struct User;
}  // namespace picket

namespace bot {

inline constexpr char kPrefix = '!';

/// What stands between blanks.
std::vector<std::string> words_of(std::string_view line);

/// Those from `first` on as one text again.
std::string text_of(const std::vector<std::string>& words, std::size_t first);

/// Lifetime: `person` and `group` live as long as the program.
struct Request {
  std::size_t number = 0;  // of the line in its conversation, from 1
  const Person* person = nullptr;
  const Group* group = nullptr;  // null: a private chat
  std::string command{};
  std::vector<std::string> args{};

  /// The arguments from `first` on as one text.
  [[nodiscard]] std::string text_from(std::size_t first) const { return text_of(args, first); }
};

/// For picket, which finds them by their argument.
picket::User to_picket_user(const Request& request);
picket::CommandContext to_picket_command(const Request& request);

[[noreturn]] void throw_no_number(std::string_view word);

/// The whole of `word` as a number.
/// Errors: `UserError` when it is none.
template <class Number>
Number number_of(std::string_view word) {
  Number number{};
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (fault != std::errc() || end != word.data() + word.size()) throw_no_number(word);
  return number;
}

/// Reads one line; nothing for a blank line and for a comment, which starts with `#`.
/// Errors: `UserError` when the person or the group is unknown or there is no command.
std::optional<Request> parse_request(std::string_view line, std::size_t number);

}  // namespace bot
