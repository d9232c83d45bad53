#pragma once

// The end of the service in phases. None stops the others, and picket is told how each went: a
// transaction with a span and a flag per phase. (T26)

#include "picket/guarded.hpp"
#include "picket/picket.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bot {

/// Lives as long as the end takes.
class Shutdown {
 public:
  /// Without `is_traced` failures are reported all the same.
  explicit Shutdown(bool is_traced) {
    if (is_traced) {
      transaction_ = picket::start_transaction({.op = "lifecycle", .name = "shutdown"});
    }
  }

  /// Runs `work`; what it throws is reported and stops nothing.
  template <class Work>
  void phase(std::string_view name, Work&& work) {
    const auto span = picket::start_span({.op = "shutdown", .description = name});
    const auto done = [&] {
      work();
      return true;
    };
    const bool is_ok = picket::guarded(name, done, false, {.component = "shutdown"});
    transaction_.set_data(fmt::format("shutdown.{}", name), is_ok);
    if (!is_ok) picket::current_span().set_status(picket::SpanStatus::internal_error);
  }

 private:
  const picket::ScopeGuard unit_of_work_ = picket::isolate();
  picket::Transaction transaction_{};  // ends inside the scope
};

}  // namespace bot
