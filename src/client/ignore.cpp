// Stage: errors that the host does not want to hear of, by text.

#include "base/text.hpp"
#include "client/pipeline.hpp"

#include <algorithm>
#include <string_view>

namespace picket::client {
namespace {

/// A plain entry is looked for inside, one with a `*` has to match the whole. Spec: P7.17.
bool matches(std::string_view text, std::string_view entry) {
  if (entry.find('*') == std::string_view::npos) return text.find(entry) != std::string_view::npos;
  return base::matches_wildcard(text, entry);
}

bool matches(const Exception& exception, std::string_view entry) {
  const std::string name =
      exception.module.empty() ? exception.type : exception.module + "::" + exception.type;
  return matches(name, entry) || matches(exception.type, entry) ||
         matches(name + ": " + exception.value, entry) ||
         matches(exception.type + ": " + exception.value, entry);
}

}  // namespace

bool Pipeline::is_ignored(const Event& event) const {
  const auto& entries = config_->options.ignore_errors;
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    if (entry.empty()) return false;
    if (event.message && matches(event.message->formatted, entry)) return true;
    return std::any_of(event.exceptions.begin(), event.exceptions.end(),
                       [&](const Exception& exception) { return matches(exception, entry); });
  });
}

}  // namespace picket::client
