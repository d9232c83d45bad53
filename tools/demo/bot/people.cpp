#include "bot/people.hpp"

#include <algorithm>
#include <array>

namespace bot {

namespace {

const std::array<Person, 12> kPeople{{{"1", "ada", Role::moderator},
                                      {"2", "brian", Role::member},
                                      {"3", "chris", Role::moderator},
                                      {"4", "donald", Role::member},
                                      {"5", "edsger", Role::moderator},
                                      {"6", "frances", Role::member},
                                      {"7", "grace", Role::moderator},
                                      {"8", "hedy", Role::member},
                                      {"9", "ivan", Role::moderator},
                                      {"10", "john", Role::member},
                                      {"11", "ken", Role::moderator},
                                      {"12", "lynn", Role::member}}};

const std::array<Group, 2> kGroups{{{"700000000000000001", "large", "710000000000000001", 4200},
                                    {"700000000000000002", "small", "710000000000000002", 17}}};

}  // namespace

const Person* find_person(std::string_view id) noexcept {
  const auto found = std::ranges::find(kPeople, id, &Person::id);
  return found == kPeople.end() ? nullptr : &*found;
}

const Group* find_group(std::string_view name) noexcept {
  const auto found = std::ranges::find(kGroups, name, &Group::name);
  return found == kGroups.end() ? nullptr : &*found;
}

std::string_view to_text(Role role) noexcept {
  return role == Role::moderator ? "moderator" : "member";
}

}  // namespace bot
