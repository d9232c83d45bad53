#pragma once

// Runs one request from its line to its reply. The guards stand in the order that makes an error
// complete: the isolation scope goes around the last catch, so whatever captures there still sees
// user, command and tags; the transaction goes around the catch that reports and answers, so that
// the error belongs to it.

#include "bot/command.hpp"
#include "bot/console.hpp"
#include "bot/request.hpp"
#include "bot/services.hpp"
#include "picket/tracing.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace bot {

/// How commands ended so far.
struct Tally {
  std::atomic<std::size_t> ok{0};
  std::atomic<std::size_t> user_errors{0};
  std::atomic<std::size_t> failed{0};
};

/// Threads: any.
class Dispatcher {
 public:
  Dispatcher(Services& services, Console& console) noexcept
      : services_(services), console_(console) {}

  /// Answers line `number`, whatever it holds.
  void serve(std::string_view line, std::size_t number) noexcept;

  /// `3 ok, 1 user errors, 0 failed`.
  [[nodiscard]] std::string summary() const;

 private:
  void run(const Request& request);
  void handle(const Request& request);
  void answer(const Command& command, const Request& request, picket::Transaction& transaction);
  void answer_mistake(std::size_t number, std::string_view text);

  Services& services_;
  Console& console_;
  Tally tally_;
};

}  // namespace bot
