#include "bot/modules.hpp"

#include "bot/errors.hpp"
#include "bot/report.hpp"

#include <exception>
#include <stdexcept>

#include <fmt/format.h>

namespace bot {

namespace {

void load(const std::string& name) {
  if (name == "admin") throw std::runtime_error("undefined symbol: admin_register_commands");
}

[[gnu::noinline]] void load_for(const std::string& name, const std::string& actor) {
  try {
    load(name);
  } catch (const std::runtime_error&) {
    std::throw_with_nested(
        ModuleError(name, fmt::format("module {} failed to load for person {}", name, actor)));
  }
}

}  // namespace

void Modules::reload(const std::string& name, const std::string& actor) {
  if (!names_.contains(name)) throw UserError(fmt::format("there is no module '{}'", name));
  try {
    load_for(name, actor);
  } catch (const ModuleError& error) {
    report::module_error(error, "reload");
    throw;
  }
}

}  // namespace bot
