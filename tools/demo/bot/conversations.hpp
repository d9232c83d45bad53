#pragma once

// What picket should remember of each person beyond one command: the notes they left. Every person
// has a context of their own; a command runs in an isolation scope forked from it, so it sees the
// notes and leaves nothing behind.

#include "bot/people.hpp"
#include "picket/scope.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace bot {

/// Threads: any.
class Conversations {
 public:
  /// Everybody starts with what the calling thread's scopes hold now, such as the breadcrumbs of
  /// the start.
  Conversations() : start_(picket::Context::current()) {}

  /// The context in which `person` talks.
  [[nodiscard]] picket::Context of(const Person& person);

 private:
  const picket::Context start_;
  std::mutex mutex_;
  std::map<std::string, picket::Context> by_person_;
};

}  // namespace bot
