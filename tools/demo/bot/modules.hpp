#pragma once

// The loadable modules of the bot. `admin` is the one whose new version does not load.

#include <set>
#include <string>

namespace bot {

class Modules {
 public:
  /// Loads `name` anew.
  /// Errors: `UserError` when there is no such module; `ModuleError`, already reported.
  void reload(const std::string& name, const std::string& actor);

 private:
  const std::set<std::string> names_{"admin", "fun", "levels"};
};

}  // namespace bot
