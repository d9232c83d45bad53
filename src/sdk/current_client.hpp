#pragma once

// The process-wide client. Every thread keeps a reference of its own and looks at one counter to
// learn whether it is still the right one, so that a capture takes no lock for it and writes to no
// cache line that other threads use.

#include "client/core.hpp"
#include "picket/is_on.hpp"

#include <memory>

namespace picket::sdk {

/// True while a working client is bound; one atomic read.
inline bool is_active() noexcept { return detail::is_on(); }

/// The bound client for the length of one call. The thread's reference is not renewed while one
/// of these exists, so a callback of the host that calls `init` does not pull the client away.
/// Threads: ends on the thread that made it.
class BorrowedCore {
 public:
  BorrowedCore() noexcept;
  ~BorrowedCore();
  BorrowedCore(const BorrowedCore&) = delete;
  BorrowedCore& operator=(const BorrowedCore&) = delete;

  explicit operator bool() const noexcept { return core_ != nullptr; }
  client::Core& operator*() const noexcept { return *core_; }
  client::Core* operator->() const noexcept { return core_; }

 private:
  client::Core* core_ = nullptr;
  std::shared_ptr<client::Core> owned_{};  // only after the thread's locals are gone
};

/// The bound client as an owner, or null; takes a lock.
std::shared_ptr<client::Core> current_core() noexcept;

/// The bound client, else the one that was bound last: `stats()` and `init_message()` still tell of
/// it.
std::shared_ptr<client::Core> last_core() noexcept;

/// Binds `core`, makes its settings the process's, and returns the one that was bound before.
std::shared_ptr<client::Core> bind(std::shared_ptr<client::Core> core) noexcept;

/// Unbinds `core` if it is the bound one.
void unbind(const std::shared_ptr<client::Core>& core) noexcept;

/// While no client is bound: puts what the last one set for the process back to the defaults, so
/// that its logger and clock are used no longer.
void forget_settings_of_unbound() noexcept;

}  // namespace picket::sdk
