#include "throw_traces/throw_table.hpp"

#include <algorithm>

namespace picket::throw_traces {
namespace {

constexpr std::size_t kNone = kSlots;
constexpr int kMaxAttempts = 8;

// Where this thread kept its last stack: mostly the one that it gives back next, and takes again.
// The model of access is the one that never allocates.
[[gnu::tls_model("initial-exec")]] thread_local constinit std::size_t last_slot = 0;

}  // namespace

void ThrowTable::keep(const void* object, const std::type_info& type,
                      std::span<const std::uintptr_t> stack) noexcept {
  const std::size_t index = claim_any();
  if (index == kNone) return forget(object);  // rather none than that of another
  Slot& slot = slots_[index];
  const std::size_t depth = std::min(stack.size(), kMaxDepth);
  // Whoever reads a new address is to see the odd version as well, hence release.
  for (std::size_t i = 0; i < depth; ++i) {
    slot.addresses[i].store(stack[i], std::memory_order_release);
  }
  slot.depth.store(static_cast<std::uint32_t>(depth), std::memory_order_relaxed);
  slot.type.store(&type, std::memory_order_relaxed);
  throws_[index].store(last_throw_.fetch_add(1, std::memory_order_relaxed) + 1,
                       std::memory_order_relaxed);
  objects_[index].store(object, std::memory_order_relaxed);
  slot.version.fetch_add(1, std::memory_order_release);
  last_slot = index;
}

/// Makes the slot's version odd. From then on the slot belongs to the caller.
bool ThrowTable::claim(std::size_t index, bool even_if_taken) noexcept {
  Slot& slot = slots_[index];
  std::uint32_t version = slot.version.load(std::memory_order_acquire);
  if (version % 2 == 1) return false;
  // A slot that was free and is taken meanwhile has another version.
  if (!even_if_taken && objects_[index].load(std::memory_order_relaxed) != nullptr) return false;
  // Readers that see anything of what is written from here on see the odd version, too.
  if (!slot.version.compare_exchange_strong(version, version + 1, std::memory_order_acq_rel)) {
    return false;
  }
  objects_[index].store(nullptr, std::memory_order_release);
  return true;
}

std::size_t ThrowTable::claim_any() noexcept {
  for (std::size_t i = 0; i < kSlots; ++i) {
    const std::size_t index = (last_slot + i) % kSlots;
    if (objects_[index].load(std::memory_order_relaxed) == nullptr && claim(index, false)) {
      return index;
    }
  }
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const std::size_t index = oldest();
    if (claim(index, true)) return index;
  }
  return kNone;
}

std::size_t ThrowTable::oldest() const noexcept {
  std::size_t found = 0;
  std::uint64_t least = UINT64_MAX;
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (slots_[i].version.load(std::memory_order_relaxed) % 2 == 1) continue;
    const std::uint64_t number = throws_[i].load(std::memory_order_relaxed);
    if (number >= least) continue;
    found = i;
    least = number;
  }
  return found;
}

// No version is needed to free a slot: whoever takes it at this moment has put another object in,
// or will not mind.
void ThrowTable::forget(const void* object) noexcept {
  for (std::size_t i = 0; i < kSlots; ++i) {
    const std::size_t index = (last_slot + kSlots - i) % kSlots;  // nested ones lie before the last
    const void* expected = object;
    if (objects_[index].load(std::memory_order_relaxed) != object) continue;
    if (objects_[index].compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel)) {
      last_slot = index;
    }
    return;
  }
}

std::size_t ThrowTable::find(const void* object, const std::type_info& type,
                             std::span<std::uintptr_t> addresses) const noexcept {
  if (object == nullptr) return 0;
  // Should a release have gone unseen, an older throw stands there too: the newest is meant.
  std::size_t newest = kNone;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (objects_[i].load(std::memory_order_acquire) != object) continue;
    const std::uint64_t its_number = throws_[i].load(std::memory_order_relaxed);
    if (newest != kNone && its_number <= number) continue;
    newest = i;
    number = its_number;
  }
  return newest == kNone ? 0 : read(newest, object, type, addresses);
}

std::size_t ThrowTable::read(std::size_t index, const void* object, const std::type_info& type,
                             std::span<std::uintptr_t> addresses) const noexcept {
  const Slot& slot = slots_[index];
  const std::uint32_t before = slot.version.load(std::memory_order_acquire);
  if (before % 2 == 1 || slot.type.load(std::memory_order_relaxed) != &type) return 0;
  const std::size_t kept = slot.depth.load(std::memory_order_relaxed);
  const std::size_t depth = std::min(kept, addresses.size());
  for (std::size_t i = 0; i < depth; ++i) {
    addresses[i] = slot.addresses[i].load(std::memory_order_acquire);
  }
  // The loads above acquire, so these two come after them.
  const bool is_same = objects_[index].load(std::memory_order_acquire) == object &&
                       slot.version.load(std::memory_order_relaxed) == before;
  return is_same ? depth : 0;
}

}  // namespace picket::throw_traces
