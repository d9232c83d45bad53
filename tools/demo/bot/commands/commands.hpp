#pragma once

// The handlers of all commands; see `command.hpp` for what they are.

#include "bot/request.hpp"
#include "bot/services.hpp"

#include <string>

namespace bot::commands {

// moderation.cpp
std::string ban_user(Services& services, const Request& request);     // <id>[,<id>…] <reason>
std::string fetch_cases(Services& services, const Request& request);  // <id>
std::string appeals(Services& services, const Request& request);

// administration.cpp
std::string reload(Services& services, const Request& request);  // <module>
std::string setup(Services& services, const Request& request);

// utility.cpp
std::string ping(Services& services, const Request& request);
std::string note(Services& services, const Request& request);    // <text>
std::string search(Services& services, const Request& request);  // <text>
std::string stats(Services& services, const Request& request);

// probes.cpp
std::string fail(Services& services, const Request& request);  // <type> [n]
std::string scratch(Services& services, const Request& request);
std::string slow(Services& services, const Request& request);  // <seconds>

}  // namespace bot::commands
