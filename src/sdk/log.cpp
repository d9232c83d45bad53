// The log bridge.

#include "picket/log.hpp"

#include "base/contain.hpp"
#include "base/speaking.hpp"
#include "picket/picket.hpp"
#include "sdk/current_client.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace picket {
namespace {

// What we call may log, and end up here again.
thread_local constinit bool is_at_work = false;

class LogTurn {
 public:
  LogTurn() noexcept : is_first_(!is_at_work) { is_at_work = true; }
  ~LogTurn() {
    if (is_first_) is_at_work = false;
  }
  LogTurn(const LogTurn&) = delete;
  LogTurn& operator=(const LogTurn&) = delete;

  explicit operator bool() const noexcept { return is_first_; }

 private:
  bool is_first_;
};

/// `a.b` is below `a`, `ab` is not.
bool is_excluded(std::string_view logger, const std::vector<std::string>& excluded) noexcept {
  return std::any_of(excluded.begin(), excluded.end(), [&](const std::string& entry) {
    if (entry.empty() || !logger.starts_with(entry)) return false;
    return logger.size() == entry.size() || logger[entry.size()] == '.';
  });
}

void capture(Level level, std::string_view logger, std::string_view message,
             const Attributes& attributes, const SourceLocation& location) {
  Event event;
  event.level = level;
  event.logger = logger;
  event.message = LogEntry{.formatted = std::string(message)};
  capture_event(std::move(event), {.extra_context = attributes}, location);
}

}  // namespace

void live::log_record(Level level, std::string_view logger, std::string_view message,
                      const Attributes& attributes, const SourceLocation& location) noexcept {
  if (diag::is_speaking()) return;
  const LogTurn turn;
  if (!turn) return;
  base::contain([&] {
    bool to_event = false;
    bool to_breadcrumb = false;
    {
      const sdk::BorrowedCore core;
      if (!core || core->is_in_hook()) return;
      const LogOptions& logs = core->config().options.logs;
      to_event = logs.events_from && level >= *logs.events_from;
      to_breadcrumb = logs.breadcrumbs_from && level >= *logs.breadcrumbs_from;
      if ((!to_event && !to_breadcrumb) || is_excluded(logger, logs.excluded_loggers)) return;
    }
    // First: an event does not carry itself among what happened before it.
    if (to_event) capture(level, logger, message, attributes, location);
    if (to_breadcrumb) {
      add_breadcrumb(message, {.category = logger, .level = level, .data = attributes});
    }
  });
}

}  // namespace picket
