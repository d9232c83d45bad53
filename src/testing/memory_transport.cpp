#include "picket/testing/memory_transport.hpp"

#include <utility>

namespace picket::testing {

TransportResponse MemoryTransport::send(std::string_view envelope) {
  Script script;
  std::size_t call = 0;
  {
    std::unique_lock lock(mutex_);
    call = ++calls_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    script = script_;
  }
  TransportResponse response{.status = 200};
  if (script) response = script(call, envelope);
  if (response.status / 100 == 2) {
    const std::lock_guard lock(mutex_);
    kept_.emplace_back(envelope);
  }
  return response;
}

void MemoryTransport::interrupt() noexcept { release(); }

void MemoryTransport::set_script(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void MemoryTransport::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void MemoryTransport::release() noexcept {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool MemoryTransport::wait_for_calls(std::size_t calls, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return calls_ >= calls; });
}

std::size_t MemoryTransport::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Captured MemoryTransport::captured() const {
  const std::lock_guard lock(mutex_);
  return Captured(kept_);
}

void MemoryTransport::clear() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
}

}  // namespace picket::testing
