#pragma once

// A `ThrowTable` remembers the stack at the throw of each exception that is in flight or kept in an
// `exception_ptr`. The hook of the throw fills it, the hook of the object's release clears it, and
// captures read it, all from different threads; its memory is fixed, and nobody waits in it.
//
// A slot is guarded by a version that is odd while it is written. A thread that dies or forks away
// in the middle of that costs one slot, nobody else's time.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <typeinfo>

namespace picket::throw_traces {

inline constexpr std::size_t kMaxDepth = 128;  // the newest calls; what is older is left out
inline constexpr std::size_t kSlots = 256;

/// Threads: any, signal handlers too. Nothing here waits, allocates or throws.
class ThrowTable {
 public:
  constexpr ThrowTable() noexcept = default;

  /// Notes the stack of the exception at `object`, newest call first. When all slots are taken, the
  /// oldest throw is forgotten.
  void keep(const void* object, const std::type_info& type,
            std::span<const std::uintptr_t> stack) noexcept;

  /// To be called before the memory at `object` is given back: what comes to lie there later is
  /// another exception.
  void forget(const void* object) noexcept;

  /// Copies the stack of an exception that is alive and tells how many addresses it has; 0 when it
  /// is not known.
  [[nodiscard]] std::size_t find(const void* object, const std::type_info& type,
                                 std::span<std::uintptr_t> addresses) const noexcept;

 private:
  struct Slot {
    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint32_t> depth{0};
    std::atomic<const std::type_info*> type{nullptr};
    std::array<std::atomic<std::uintptr_t>, kMaxDepth> addresses{};
  };

  [[nodiscard]] bool claim(std::size_t index, bool even_if_taken) noexcept;
  [[nodiscard]] std::size_t claim_any() noexcept;
  [[nodiscard]] std::size_t oldest() const noexcept;
  std::size_t read(std::size_t index, const void* object, const std::type_info& type,
                   std::span<std::uintptr_t> addresses) const noexcept;

  // Apart from the slots, so that a search stays in a few cache lines.
  std::array<std::atomic<const void*>, kSlots> objects_{};   // null: free
  std::array<std::atomic<std::uint64_t>, kSlots> throws_{};  // counts up; the oldest is the least
  std::atomic<std::uint64_t> last_throw_{0};
  std::array<Slot, kSlots> slots_{};
};

}  // namespace picket::throw_traces
