#pragma once

// The loadable modules of the bot. All are loaded at the start; one that lacks a setting is
// skipped, which is no failure. `admin` is the one whose new version does not load. (T26)

#include "bot/reload_statistics.hpp"
#include "bot/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bot {

/// What came of loading one module.
struct LoadedModule {
  enum class Status : unsigned char { loaded, skipped, failed };

  std::string name{};
  std::string path{};
  Status status = Status::loaded;
  std::string reason{};  // why it was skipped, or what it failed with
};

std::string_view to_text(LoadedModule::Status status) noexcept;

/// Threads: any.
class Modules {
 public:
  /// Loads all; each is a span of the trace of the start. Errors: a module that throws is reported,
  /// the others are loaded all the same.
  explicit Modules(const Settings& settings, std::string_view broken = {});

  [[nodiscard]] const std::vector<LoadedModule>& loaded() const noexcept { return loaded_; }

  /// Loads `name` anew.
  /// Errors: `UserError` when there is no such module; `ModuleError`, already reported.
  void reload(const std::string& name, const std::string& actor);

  [[nodiscard]] ReloadStatistics::Counts reloads() const { return reloads_.counts(); }

 private:
  std::vector<LoadedModule> loaded_{};
  ReloadStatistics reloads_{};
};

}  // namespace bot
