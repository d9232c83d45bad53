#pragma once

// The one thread that looks after watchdogs and deadlines. It sleeps until the first of them is
// due, and is only woken when an earlier one comes: a deadline that is called off in time, as most
// are, wakes nobody.

#include "base/deadline.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace picket::sdk {

/// Something to look at from time to time.
class Watch {
 public:
  Watch() = default;
  virtual ~Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Looks, reports what is wrong, and says when to look again; nothing: never.
  /// Errors:  what it throws is contained; nobody looks again.
  /// Threads: the watch thread, without a lock.
  virtual std::optional<base::Deadline> look(base::Deadline now) = 0;

 private:
  friend class WatchList;
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  std::size_t index_ = kNowhere;  // in the list, under its lock
};

/// Has `watch` looked at, first at `first_look`; starts the thread when a client is bound and it
/// does not run yet. May throw what the standard library throws.
/// Errors:  false when 4096 are being watched already.
/// Threads: any.
bool add_watch(std::shared_ptr<Watch> watch, base::Deadline first_look);

/// A look that has begun goes on. Threads: any.
void remove_watch(Watch& watch) noexcept;

/// Starts the thread if there is anything to watch: for things that were there before the client.
void start_watch_thread() noexcept;

/// Ends the thread; what is watched stays, for the next client. Waits until `deadline` at most.
void stop_watch_thread(base::Deadline deadline) noexcept;

}  // namespace picket::sdk
