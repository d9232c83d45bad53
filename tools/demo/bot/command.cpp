#include "bot/command.hpp"

#include "bot/commands/commands.hpp"

#include <algorithm>
#include <array>

namespace bot {

namespace {

constexpr std::array kCommands{
    Command{"appeals", "cases", "moderation", commands::appeals},
    Command{"ban_user", "cases", "moderation", commands::ban_user},
    Command{"fail", "probes", "test", commands::fail},
    Command{"fetch_cases", "cases", "moderation", commands::fetch_cases},
    Command{"note", "notes", "utility", commands::note},
    Command{"ping", "probes", "utility", commands::ping},
    Command{"reload", "modules", "administration", commands::reload},
    Command{"scratch", "probes", "test", commands::scratch},
    Command{"search", "search", "utility", commands::search},
    Command{"setup", "settings", "administration", commands::setup},
    Command{"slow", "probes", "test", commands::slow},
    Command{"stats", "figures", "administration", commands::stats},
};

}  // namespace

const Command* find_command(std::string_view name) noexcept {
  const auto found = std::ranges::find(kCommands, name, &Command::name);
  return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace bot
