#include "sdk/watch_thread.hpp"

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "sdk/current_client.hpp"
#include "transport/named_thread.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace picket::sdk {
namespace {

constexpr std::size_t kMaxWatches = 4096;
constexpr base::Deadline kNever = base::Deadline::max();

/// What one run of the thread and those who wake it share. The lock is held for a moment at a time,
/// and nobody uses one of another process.
struct Run {
  std::mutex mutex{};
  std::condition_variable changed{};
  base::Deadline next = base::Deadline::min();  // the first thing is a look at everything
  bool is_over = false;
  bool has_ended = false;

  void wake_at(base::Deadline when) {
    const std::lock_guard lock(mutex);
    if (when >= next) return;
    next = when;
    changed.notify_all();
  }

  /// False when the run is over.
  bool sleep() {
    std::unique_lock lock(mutex);
    while (!is_over && (next == kNever || next > base::deadline_in({}))) {
      if (next == kNever) {
        changed.wait(lock);
      } else {
        changed.wait_until(lock, base::Deadline(next));
      }
    }
    next = kNever;  // what comes while everything is looked at lowers it again
    return !is_over;
  }

  bool stop(base::Deadline deadline) {
    std::unique_lock lock(mutex);
    is_over = true;
    changed.notify_all();
    return changed.wait_until(lock, deadline, [this] { return has_ended; });
  }

  void end() {
    const std::lock_guard lock(mutex);
    has_ended = true;
    changed.notify_all();
  }
};

}  // namespace

/// Everything that is watched, and the thread. Each process has its own; one from before a fork is
/// left alone, its thread is not here.
class WatchList {
 public:
  WatchList() = default;
  explicit WatchList(const WatchList& parent) : entries_(parent.entries_) {}
  WatchList& operator=(const WatchList&) = delete;

  /// Of this process, never destroyed.
  static WatchList& instance();
  static WatchList* present() noexcept;

  bool add(std::shared_ptr<Watch> watch, base::Deadline first_look) {
    std::shared_ptr<Run> run;
    {
      const std::lock_guard lock(mutex_);
      if (entries_.size() >= kMaxWatches) return false;
      entries_.push_back({std::move(watch), first_look});
      entries_.back().watch->index_ = entries_.size() - 1;
      run = running();
    }
    if (run) run->wake_at(first_look);
    return true;
  }

  void remove(Watch& watch) noexcept {
    std::shared_ptr<Watch> last;  // destroyed without the lock
    const std::lock_guard lock(mutex_);
    if (is_listed(watch)) last = take_out(watch.index_);
  }

  void start() {
    const std::lock_guard lock(mutex_);
    if (!entries_.empty()) running();
  }

  void stop(base::Deadline deadline) noexcept {
    std::unique_lock lock(mutex_);
    const std::shared_ptr<Run> run = std::exchange(run_, nullptr);
    std::thread thread = std::move(thread_);
    lock.unlock();
    if (!run || !thread.joinable()) return;
    const bool is_self = thread.get_id() == std::this_thread::get_id();
    if (!is_self && run->stop(deadline)) {
      thread.join();
    } else {
      run->stop(base::Deadline::min());
      thread.detach();
    }
  }

 private:
  struct Entry {
    std::shared_ptr<Watch> watch{};
    base::Deadline next{};
  };

  /// The run, begun if need be and wanted; under the lock, so that there is one.
  std::shared_ptr<Run> running() {
    if (run_ || !is_active()) return run_;
    auto run = std::make_shared<Run>();
    thread_ = transport::start_named_thread("picket-watch", [this, run] {
      while (run->sleep()) {
        base::contain([&] { look_at_all(*run); });
      }
      run->end();
    });
    return run_ = std::move(run);
  }

  void look_at_all(Run& run) {
    const base::Deadline now = base::deadline_in({});
    std::vector<std::shared_ptr<Watch>> due;
    {
      const std::lock_guard lock(mutex_);
      for (const Entry& entry : entries_) {
        if (entry.next <= now) due.push_back(entry.watch);
      }
    }
    for (const auto& watch : due) {
      const auto next = base::contain(std::optional<base::Deadline>(),
                                      [&] { return watch->look(base::deadline_in({})); });
      set_next(*watch, next);
    }
    run.wake_at(earliest());
  }

  void set_next(Watch& watch, std::optional<base::Deadline> next) noexcept {
    std::shared_ptr<Watch> last;
    const std::lock_guard lock(mutex_);
    if (!is_listed(watch)) return;
    if (next) {
      entries_[watch.index_].next = *next;
    } else {
      last = take_out(watch.index_);
    }
  }

  base::Deadline earliest() noexcept {
    base::Deadline first = kNever;
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) first = std::min(first, entry.next);
    return first;
  }

  [[nodiscard]] bool is_listed(const Watch& watch) const noexcept {
    return watch.index_ < entries_.size() && entries_[watch.index_].watch.get() == &watch;
  }

  std::shared_ptr<Watch> take_out(std::size_t index) noexcept {
    std::swap(entries_[index], entries_.back());
    entries_[index].watch->index_ = index;
    std::shared_ptr<Watch> gone = std::move(entries_.back().watch);
    gone->index_ = Watch::kNowhere;
    entries_.pop_back();
    return gone;
  }

  const std::uint32_t generation_ = base::fork_generation();
  base::PooledMutex mutex_{};
  std::vector<Entry> entries_{};
  std::shared_ptr<Run> run_{};
  std::thread thread_{};

  static constinit std::atomic<WatchList*> instance_;
};

constinit std::atomic<WatchList*> WatchList::instance_{nullptr};

WatchList* WatchList::present() noexcept {
  WatchList* const list = instance_.load(std::memory_order_acquire);
  return list != nullptr && list->generation_ == base::fork_generation() ? list : nullptr;
}

WatchList& WatchList::instance() {
  WatchList* former = instance_.load(std::memory_order_acquire);
  if (former != nullptr && former->generation_ == base::fork_generation()) return *former;
  // In a child nobody changes the list of the parent, whose lock the fork has waited for.
  auto made =
      former != nullptr ? std::make_unique<WatchList>(*former) : std::make_unique<WatchList>();
  if (instance_.compare_exchange_strong(former, made.get())) return *made.release();
  return *former;  // another thread was first
}

bool add_watch(std::shared_ptr<Watch> watch, base::Deadline first_look) {
  return WatchList::instance().add(std::move(watch), first_look);
}

void remove_watch(Watch& watch) noexcept {
  base::contain([&] { WatchList::instance().remove(watch); });
}

void start_watch_thread() noexcept {
  base::contain([] {
    if (WatchList* const list = WatchList::present()) list->start();
  });
}

void stop_watch_thread(base::Deadline deadline) noexcept {
  if (WatchList* const list = WatchList::present()) list->stop(deadline);
}

}  // namespace picket::sdk
