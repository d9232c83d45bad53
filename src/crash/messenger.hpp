#pragma once

// The messenger: a thread that sleeps until the handler has something to tell, and does then what a
// handler must not: it allocates, makes an event and hands it to the worker. It may come to a lock
// that the failed thread holds, or fail itself: that costs the handler the rest of its time, and
// nothing else. In the child of a fork there is none.

#include "base/deadline.hpp"
#include "client/core.hpp"
#include "crash/event_writer.hpp"
#include "crash/facts.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace picket::crash {

class Messenger {
 public:
  /// Errors: throws what starting a thread throws.
  Messenger(std::shared_ptr<client::Core> core, Prepared& prepared);
  ~Messenger();  // waits for the thread, unless it was never seen again
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  /// Has `facts` told; true when that is done. They stay as they are until the process ends.
  /// Threads: signal handler.
  bool tell(const Facts& facts, base::Deadline deadline) noexcept;

  /// The messenger, or a thread it waits for, has failed: whoever waits in `tell` goes on.
  /// Threads: signal handler.
  void give_up() noexcept;

  [[nodiscard]] int thread_id() const noexcept { return thread_id_.load(); }

 private:
  enum Word : std::uint32_t { kIdle, kAsked, kDone, kFailed, kEnd };

  void run() noexcept;
  [[nodiscard]] bool deliver() noexcept;

  std::shared_ptr<client::Core> core_;
  Prepared& prepared_;
  std::atomic<std::uint32_t> word_{kIdle};
  std::atomic<int> thread_id_{0};
  std::atomic<const Facts*> facts_{nullptr};
  base::Deadline deadline_{};
  std::thread thread_;
};

}  // namespace picket::crash
