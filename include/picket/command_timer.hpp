#pragma once

// How long commands take and how they end. The end of one leaves tags on the scope, which reach
// whatever is sent from it later: the error that a global handler captures, the transaction that
// finishes afterwards. It feeds `picket::stats().figures` and the metrics, but sends no event.
//
//   picket::track_command_start("ban_user");
//   …
//   picket::track_command_end("ban_user", true);
//
// or the guard, which cannot be forgotten: `auto timer = picket::track_command("ban_user");`
//
// Timers belong to the isolation scope, so two runs of one command at once do not disturb each
// other. While picket is off nothing is stored.

#include "picket/export.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace picket {

/// How a command ended. A user error is the user's mistake: neither a success nor a failure of the
/// system. Spec: S6.10, S10.5.
enum class Outcome : unsigned char { ok, user_error, failed };

/// Remembers the time; of two starts the later one counts. At most 64 commands run at once in one
/// isolation scope, of more the oldest is forgotten. Spec: S6.10, S6.12.
PICKET_EXPORT void track_command_start(std::string_view name) noexcept;

/// Sets the tags `command.success`, `command.outcome` and, if the command was started,
/// `command.execution_time_ms`; after a failure with an error also `command.error_type` and the
/// context `command_error`. Spec: S6.10 to S6.13.
PICKET_EXPORT void track_command_end(std::string_view name, Outcome outcome,
                                     const std::exception* error = nullptr) noexcept;
PICKET_EXPORT void track_command_end(std::string_view name, bool success = true,
                                     const std::exception* error = nullptr) noexcept;
void track_command_end(std::string_view name, const void* error) = delete;  // no bool is meant

/// Tracks a command until its own end: failed when an exception leaves it, else ok.
/// Threads: ends on the thread that made it, or within the same scopes.
class [[nodiscard]] PICKET_EXPORT CommandTimer {
 public:
  CommandTimer() noexcept = default;  // tracks nothing
  explicit CommandTimer(std::string_view name) noexcept;
  CommandTimer(CommandTimer&& other) noexcept;
  CommandTimer& operator=(CommandTimer&& other) noexcept;
  ~CommandTimer();

  /// Ends it now; a second end does nothing.
  void finish(Outcome outcome = Outcome::ok, const std::exception* error = nullptr) noexcept;
  void fail(const std::exception& error) noexcept { finish(Outcome::failed, &error); }

 private:
  std::string name_{};
  bool is_running_ = false;
  int exceptions_ = 0;  // in flight when it started
};

PICKET_EXPORT CommandTimer track_command(std::string_view name) noexcept;

}  // namespace picket
