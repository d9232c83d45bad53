#pragma once

// What the bot asks of its chat platform, over HTTP. The errors of the transport are translated
// into what they mean for a command, the original nested: what the user caused (404, 403) is a
// `UserError` and never reported, all else is reported here and passed on.

#include "bot/errors.hpp"
#include "bot/http.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bot {

/// Runs `call`, whose failure stops nothing else; false if it failed. What is worth a report has
/// been reported by then.
template <class Call>
bool is_delivered(Call&& call) {
  try {
    call();
    return true;
  } catch (const ChatRefusal&) {
    return false;
  } catch (const ChatFailure&) {
    return false;
  }
}

/// Threads: any.
class ChatApi {
 public:
  /// `base_url` without a slash at its end; empty: there is no chat platform.
  explicit ChatApi(std::string base_url,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5))
      : base_url_(std::move(base_url)), timeout_(timeout) {}

  [[nodiscard]] bool is_configured() const noexcept { return !base_url_.empty(); }

  /// Writes to a user in private; `kind` is the kind of message, such as `ban`. Returns the id of
  /// the message.
  /// Errors: all functions throw `ChatRefusal` for 404 and 403, `ChatFailure` for all else.
  std::string send_dm(const std::string& user_id, const std::string& kind,
                      const std::string& reason);

  /// Tells the moderators of a channel what was done.
  void post_notice(const std::string& channel_id, const std::string& text);

  /// Messages that hold `text`.
  [[nodiscard]] std::vector<std::string> search(const std::string& text);

 private:
  std::string call(http::Request request, std::string_view endpoint);

  const std::string base_url_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace bot
