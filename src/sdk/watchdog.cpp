// Watchdogs. A beat is one store of the beating thread's number; the watch thread takes it away
// every quarter of the timeout and so learns that there was one, without a clock in the loop.

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "base/thread_id.hpp"
#include "picket/threads.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/thread_report.hpp"
#include "sdk/watch_thread.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace picket {
namespace sdk {
namespace {

constexpr std::chrono::milliseconds kShortestTimeout{10};

std::int64_t milliseconds(base::Deadline::duration time) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

class WatchedLoop final : public Watch {
 public:
  WatchedLoop(std::string_view name, std::chrono::milliseconds timeout,
              const WatchdogOptions& options)
      : name_(name),
        timeout_(std::max(timeout, kShortestTimeout)),
        level_(options.level),
        all_threads_(options.all_threads),
        isolation_(scope::isolation_scope()),
        current_(scope::current_scope()),
        thread_(base::thread_id()),
        last_beat_(base::deadline_in({})),
        due_(last_beat_ + timeout_ / 4) {}

  [[nodiscard]] base::Deadline due() const noexcept { return due_; }

  void beat() noexcept { beat_.store(base::thread_id(), std::memory_order_relaxed); }

  void pause() noexcept { pauses_.fetch_add(1); }
  void resume() noexcept {
    beat();  // first: nobody may see a loop that has neither
    pauses_.fetch_sub(1);
  }

  std::optional<base::Deadline> look(base::Deadline now) override {
    notice(now);
    const base::Deadline ripe = last_beat_ + timeout_;
    const base::Deadline soon = base::deadline_in({}) + timeout_ / 4;
    due_ = is_stalled_ ? soon : std::min(soon, std::max(ripe, now));
    return due_;
  }

 private:
  void notice(base::Deadline now) {
    const bool is_paused = pauses_.load() > 0;  // before the beat: see `resume`
    const std::uint64_t beat = beat_.exchange(0, std::memory_order_relaxed);
    if (beat != 0) {
      thread_ = beat;
      generation_ = base::fork_generation();
    }
    // Where this look itself comes too late the whole process has stood still, or the machine has.
    const bool is_blind = now > due_ + timeout_ / 2 || generation_ != base::fork_generation();
    if (beat != 0 || is_paused || is_blind || !is_active()) {
      if (is_stalled_ && beat != 0) tell_recovery(now);
      is_stalled_ = is_stalled_ && beat == 0;
      if (!is_stalled_) last_beat_ = now;
    } else if (!is_stalled_ && now - last_beat_ >= timeout_) {
      is_stalled_ = true;
      report(now);
    }
  }

  void report(base::Deadline now) {
    const auto core = current_core();
    if (!core) return;
    auto threads = take_threads(kWatchTimeout, all_threads_ ? 0 : thread_);
    blame(threads, thread_);
    const std::int64_t silent = milliseconds(now - last_beat_);
    Event event;
    event.level = level_;
    event.tags.emplace("watchdog", name_);
    event.exceptions.push_back(noticed(
        "Stalled", fmt::format("{}: no heartbeat for {} ms", name_, silent), "auto.watchdog",
        Object{{"watchdog", Value(name_)},
               {"timeout_ms", Value(std::int64_t{timeout_.count()})},
               {"silent_ms", Value(silent)}}));
    core->capture(std::move(event), std::move(threads), {},
                  {.isolation = isolation_, .current = current_}, {});
  }

  void tell_recovery(base::Deadline now) {
    Scope(isolation_)
        .add_breadcrumb(
            fmt::format("{}: heartbeat again after {} ms", name_, milliseconds(now - last_beat_)),
            {.category = "watchdog", .level = Level::warning});
  }

  const std::string name_;
  const std::chrono::milliseconds timeout_;
  const Level level_;
  const bool all_threads_;
  const std::shared_ptr<scope::ScopeState> isolation_;
  const std::shared_ptr<scope::ScopeState> current_;

  std::atomic<std::uint64_t> beat_{0};  // the thread; zero: none since the last look
  std::atomic<int> pauses_{0};

  // Of the watch thread.
  std::uint64_t thread_;
  base::Deadline last_beat_;
  base::Deadline due_;
  std::uint32_t generation_ = base::fork_generation();  // a loop of the parent does not turn here
  bool is_stalled_ = false;
};

}  // namespace sdk

Watchdog::Watchdog() noexcept = default;

Watchdog::Watchdog(std::string_view name, std::chrono::milliseconds timeout,
                   const WatchdogOptions& options) noexcept {
  base::contain([&] {
    auto loop = std::make_shared<sdk::WatchedLoop>(name, timeout, options);
    if (sdk::add_watch(loop, loop->due())) loop_ = std::move(loop);
  });
}

Watchdog::Watchdog(Watchdog&& other) noexcept = default;

Watchdog& Watchdog::operator=(Watchdog&& other) noexcept {
  if (this != &other) {
    if (loop_) sdk::remove_watch(*loop_);
    loop_ = std::move(other.loop_);
  }
  return *this;
}

Watchdog::~Watchdog() {
  if (loop_) sdk::remove_watch(*loop_);
}

void Watchdog::heartbeat() const noexcept {
  if (loop_) loop_->beat();
}

Watchdog::Pause::Pause(const Watchdog& watchdog) noexcept : loop_(watchdog.loop_) {
  if (loop_) loop_->pause();
}

Watchdog::Pause::~Pause() {
  if (loop_) loop_->resume();
}

}  // namespace picket
