// `capture_threads`.

#include "picket/threads.hpp"

#include "base/contain.hpp"
#include "base/thread_id.hpp"
#include "protocol/trim.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/thread_report.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace picket {
namespace {

/// The entry of the calling thread; there is one whatever happens.
client::ThreadRecord& own_entry(std::vector<client::ThreadRecord>& threads) {
  const std::uint64_t self = base::thread_id();
  const auto it = std::find_if(threads.begin(), threads.end(),
                               [&](const auto& thread) { return thread.id == self; });
  if (it != threads.end()) return *it;
  threads.emplace_back().id = self;
  return threads.back();
}

}  // namespace

EventId capture_threads(std::string_view reason, const CaptureOptions& options,
                        std::chrono::milliseconds timeout, SourceLocation location) noexcept {
  if (!sdk::is_active()) return {};
  return base::contain(EventId{}, [&] {
    const sdk::BorrowedCore core;
    if (!core) return EventId{};
    std::vector<client::ThreadRecord> threads = sdk::take_threads(timeout);
    client::ThreadRecord& own = own_entry(threads);
    own.current = true;
    own.newest_is_exact = false;
    own.addresses = sdk::own_stack(*core);

    Event event;
    event.message = LogEntry{
        .formatted = std::string(base::utf8_prefix(reason, protocol::kMaxMessageCharacters))};
    const scope::ThreadScopes here = scope::scopes_here();
    return core->capture(std::move(event), std::move(threads), options, here, location);
  });
}

}  // namespace picket
