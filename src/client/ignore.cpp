// Stage: errors and transactions that the host does not want to hear of, by text. What can be known
// without the text of an exception was asked before, see `admission.hpp`.

#include "base/text.hpp"
#include "client/pipeline.hpp"

#include <algorithm>
#include <string_view>

namespace picket::client {
namespace {

using base::matches_entry;

bool matches(const Exception& exception, std::string_view entry) {
  const std::string name =
      exception.module.empty() ? exception.type : exception.module + "::" + exception.type;
  return matches_entry(name, entry) || matches_entry(exception.type, entry) ||
         matches_entry(name + ": " + exception.value, entry) ||
         matches_entry(exception.type + ": " + exception.value, entry);
}

/// Spec: P4.6 rule 9.
bool has_ignored_status(const Event& event, const std::vector<std::pair<int, int>>& ranges) {
  const Value* const code = event.trace->data.find("http.response.status_code");
  if (code == nullptr || !code->is_number()) return false;
  const double status = code->number_or(0);
  return std::any_of(ranges.begin(), ranges.end(), [&](const std::pair<int, int>& range) {
    return status >= range.first && status <= range.second;
  });
}

bool is_ignored_transaction(const Event& event, const Options& options) {
  const auto& entries = options.ignore_transactions;
  return std::any_of(
             entries.begin(), entries.end(),
             [&](const std::string& entry) { return matches_entry(event.transaction, entry); }) ||
         has_ignored_status(event, options.trace_ignore_status_codes);
}

}  // namespace

bool is_ignored_error(const Event& event, const std::vector<std::string>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    if (event.message && matches_entry(event.message->formatted, entry)) return true;
    return std::any_of(event.exceptions.begin(), event.exceptions.end(),
                       [&](const Exception& exception) { return matches(exception, entry); });
  });
}

bool Pipeline::is_ignored(const Event& event) const {
  if (event.is_transaction()) return is_ignored_transaction(event, config_->options);
  return is_ignored_error(event, config_->options.ignore_errors.texts());
}

}  // namespace picket::client
