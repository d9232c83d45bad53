#pragma once

// Who talks to the bot: twelve people in two groups. A real service would ask its chat platform.

#include <string>
#include <string_view>

namespace bot {

enum class Role : unsigned char { member, moderator };

struct Person {
  std::string id{};  // "1" to "12"
  std::string name{};
  Role role = Role::member;
};

struct Group {
  std::string id{};  // an 18-digit number as text
  std::string name{};
  std::string channel_id{};
  int member_count = 0;
};

/// Null when there is no such person.
const Person* find_person(std::string_view id) noexcept;

/// Null when there is no such group.
const Group* find_group(std::string_view name) noexcept;

std::string_view to_text(Role role) noexcept;

}  // namespace bot
