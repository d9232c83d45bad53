#pragma once

// Types of a host that knows nothing of picket but two names.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace picket {
struct CommandContext;
struct User;
}  // namespace picket

namespace chat {

struct Member {
  std::uint64_t number = 0;
  std::string name{};
};

struct Message {
  std::uint64_t number = 0;
  std::string command{};
  Member author{};
};

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

picket::User to_picket_user(const Member& member);
picket::CommandContext to_picket_command(const Message& message);

}  // namespace chat
