#include "scope/unwound.hpp"

#include "scope/thread_slot.hpp"

#include <atomic>
#include <utility>

namespace picket::scope {
namespace {

struct Unwound {
  ThreadScopes scopes{};
};
using UnwoundSlot = ThreadSlot<Unwound>;

std::atomic<bool> is_kept{false};

/// Null also as long as nothing is ever kept, which then costs one load.
Unwound* slot() noexcept {
  return is_kept.load(std::memory_order_relaxed) ? UnwoundSlot::get() : nullptr;
}

}  // namespace

void set_keep_unwound(bool keep) noexcept { is_kept.store(keep, std::memory_order_relaxed); }

void keep_unwound(ThreadScopes left) noexcept {
  Unwound* const kept = slot();
  if (kept == nullptr || kept->scopes.isolation != nullptr) return;
  left.span = {};  // it has ended
  kept->scopes = std::move(left);
}

ThreadScopes take_unwound() noexcept {
  Unwound* const kept = slot();
  return kept != nullptr ? std::exchange(kept->scopes, ThreadScopes{}) : ThreadScopes{};
}

void forget_unwound() noexcept { take_unwound(); }

}  // namespace picket::scope
