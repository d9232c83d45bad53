#pragma once

// What administrators have set for the bot.

#include "bot/errors.hpp"

#include <map>
#include <string>
#include <utility>

namespace bot {

class Settings {
 public:
  explicit Settings(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

  /// Errors: `MissingSetting`.
  [[nodiscard]] const std::string& required(const std::string& name,
                                            const std::string& actor) const {
    const auto found = values_.find(name);
    if (found == values_.end()) {
      throw MissingSetting("setting " + name + " is missing, asked for by person " + actor);
    }
    return found->second;
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace bot
