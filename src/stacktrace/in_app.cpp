#include "stacktrace/in_app.hpp"

#include <algorithm>

namespace picket::stacktrace {
namespace {

bool matches(const std::vector<std::string>& prefixes, const Frame& frame) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
    // An empty prefix would match everything; it is taken for a slip in a list made by splitting.
    return !prefix.empty() &&
           (frame.function.starts_with(prefix) || frame.module.starts_with(prefix) ||
            frame.package.starts_with(prefix));
  });
}

bool is_runtime(std::string_view function) {
  return function.starts_with("std::") || function.starts_with("__") || function == "_start";
}

/// `/lib`, `/usr/lib` and their variants for other word sizes.
bool is_system_library(std::string_view path) {
  if (path.starts_with("/usr/")) path.remove_prefix(4);
  return path.starts_with("/lib/") || path.starts_with("/lib32/") || path.starts_with("/lib64/") ||
         path.starts_with("/libx32/");
}

}  // namespace

std::optional<bool> in_app(const InAppRules& rules, const Frame& frame, Binary binary) {
  if (matches(rules.include, frame)) return true;
  if (matches(rules.exclude, frame)) return false;
  if (is_ours(frame) || is_runtime(frame.function)) return false;
  if (binary == Binary::system) return false;
  if (binary == Binary::executable) return true;
  if (binary == Binary::library) return !is_system_library(frame.package);
  return std::nullopt;
}

bool is_ours(const Frame& frame) {
  if (frame.function.starts_with("picket::")) return true;
  // In a stripped libpicket.so most functions have no name.
  const std::string_view package = frame.package;
  return frame.function.empty() &&
         package.substr(package.rfind('/') + 1).starts_with("libpicket.so");
}

}  // namespace picket::stacktrace
