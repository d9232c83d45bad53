#pragma once

// Runs one request from its line to its reply. Each runs in its person's context, in an isolation
// scope and a trace of its own; `picket::serve_command` puts the guards in the order that makes an
// error complete.

#include "bot/command.hpp"
#include "bot/console.hpp"
#include "bot/request.hpp"
#include "bot/services.hpp"
#include "picket/error_policy.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace bot {

/// Threads: any.
class Dispatcher {
 public:
  Dispatcher(Services& services, Console& console);

  /// Answers line `number`, whatever it holds.
  void serve(std::string_view line, std::size_t number) noexcept;

 private:
  void run(const Command& command, const Request& request);
  void work(const Command& command, const Request& request);
  void answer_error(std::size_t number, const picket::ErrorReply& reply);
  void answer_mistake(std::size_t number, std::string_view text);

  Services& services_;
  Console& console_;
  const picket::ErrorPolicy policy_;
};

}  // namespace bot
