#include "bot/modules.hpp"

#include "bot/errors.hpp"
#include "picket/captures.hpp"
#include "picket/clock.hpp"
#include "picket/tracing.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <stdexcept>

#include <fmt/format.h>

namespace bot {

namespace {

struct Manifest {
  std::string_view name;
  std::string_view needs;  // a setting; empty: none
};

constexpr std::array kManifests{Manifest{"admin", ""}, Manifest{"economy", "currency"},
                                Manifest{"fun", ""}, Manifest{"levels", "welcome_channel"}};

/// Missing configuration is no failure.
std::string skip_reason(const Manifest& manifest, const Settings& settings) {
  if (manifest.needs.empty() || settings.has(std::string(manifest.needs))) return {};
  return fmt::format("setting {} is missing", manifest.needs);
}

void load(const LoadedModule& module, bool is_broken) {
  if (is_broken) throw std::runtime_error("undefined symbol: " + module.name + "_setup");
}

/// The data of a loader: name, path, status, reason. (T26)
LoadedModule load_first(const Manifest& manifest, const Settings& settings, bool is_broken) {
  auto span = picket::start_span({.op = "module.load", .description = manifest.name});
  LoadedModule module{.name = std::string(manifest.name),
                      .path = fmt::format("modules/{}.so", manifest.name),
                      .reason = skip_reason(manifest, settings)};
  if (!module.reason.empty()) module.status = LoadedModule::Status::skipped;
  try {
    if (module.reason.empty()) load(module, is_broken);
  } catch (const std::exception& error) {
    module.status = LoadedModule::Status::failed;
    module.reason = error.what();
    picket::capture_module_error(error, {.module = module.name, .event = "start"});
    span.set_status(picket::SpanStatus::internal_error);
  }
  span.set_data("module.name", module.name)
      .set_data("module.path", module.path)
      .set_data("module.status", to_text(module.status));
  if (!module.reason.empty()) span.set_data("module.reason", module.reason);
  return module;
}

void load_again(const std::string& name) {
  if (name == "admin") throw std::runtime_error("undefined symbol: admin_register_commands");
}

[[gnu::noinline]] void load_for(const std::string& name, const std::string& actor) {
  try {
    load_again(name);
  } catch (const std::runtime_error&) {
    std::throw_with_nested(
        ModuleError(name, fmt::format("module {} failed to load for person {}", name, actor)));
  }
}

}  // namespace

std::string_view to_text(LoadedModule::Status status) noexcept {
  switch (status) {
    case LoadedModule::Status::loaded:
      return "loaded";
    case LoadedModule::Status::skipped:
      return "skipped";
    case LoadedModule::Status::failed:
      break;
  }
  return "failed";
}

Modules::Modules(const Settings& settings, std::string_view broken) {
  for (const Manifest& manifest : kManifests) {
    loaded_.push_back(load_first(manifest, settings, manifest.name == broken));
  }
}

void Modules::reload(const std::string& name, const std::string& actor) {
  const auto module = std::ranges::find(loaded_, name, &LoadedModule::name);
  if (module == loaded_.end()) throw UserError(fmt::format("there is no module '{}'", name));
  if (module->status != LoadedModule::Status::loaded) {
    throw UserError(fmt::format("{} is not loaded: {}", name, module->reason));
  }
  const picket::Clock clock;
  const auto start = clock.steady();
  try {
    load_for(name, actor);
  } catch (const ModuleError& error) {
    reloads_.add(clock.steady() - start, false);
    const picket::Object statistics = to_context(reloads_.counts());  // T27
    picket::capture_module_error(error, {.module = name, .command = "reload"},
                                 {.contexts = {{"reloads", statistics}}});
    throw;
  }
  reloads_.add(clock.steady() - start, true);
}

}  // namespace bot
