#include "scope/command_timers.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace picket::scope {
namespace {

constexpr std::size_t kMaxBytes = 200;  // of a name; the bound of memory must not hang on the host

std::string_view bounded(std::string_view text) { return base::utf8_prefix(text, kMaxBytes); }

}  // namespace

std::vector<CommandTimers::Running>::iterator CommandTimers::find(std::string_view name) noexcept {
  return std::find_if(running_.begin(), running_.end(),
                      [name](const Running& running) { return running.name == name; });
}

void CommandTimers::add(std::string_view name, std::string_view invocation, SteadyTime now) {
  Running added{.name = std::string(name), .invocation = std::string(invocation), .since = now};
  if (const auto former = find(name); former != running_.end()) running_.erase(former);
  if (running_.size() == kMax) running_.erase(running_.begin());
  running_.push_back(std::move(added));
}

void CommandTimers::start(std::string_view name, SteadyTime now) { add(bounded(name), {}, now); }

void CommandTimers::start_unless_running(std::string_view name, std::string_view invocation,
                                         SteadyTime now) {
  name = bounded(name);
  invocation = bounded(invocation);
  const auto running = find(name);
  if (running == running_.end()) return add(name, invocation, now);
  const bool told_both = !running->invocation.empty() && !invocation.empty();
  if (told_both && running->invocation != invocation) return add(name, invocation, now);
  if (!invocation.empty()) running->invocation = invocation;
}

std::optional<SteadyTime> CommandTimers::end(std::string_view name) noexcept {
  const auto running = find(bounded(name));
  if (running == running_.end()) return {};
  const SteadyTime since = running->since;
  running_.erase(running);
  return since;
}

}  // namespace picket::scope
