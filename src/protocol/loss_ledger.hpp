#pragma once

// The ledger knows where every captured item is: pending, in the spool, sent, or dropped for a
// reason. Every change moves items from one place to another under one lock, so the public promise
//   captured = sent + spooled + dropped + pending
// holds at every instant. It also keeps the losses that the server has not been told of yet.

#include "picket/stats.hpp"
#include "protocol/data_category.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace picket::protocol {

/// So many items of one category; bytes for attachments.
struct Quantity {
  DataCategory category{};
  std::uint64_t count = 0;

  friend bool operator==(const Quantity&, const Quantity&) = default;
};

struct Loss {
  DiscardReason reason{};
  DataCategory category{};
  std::uint64_t count = 0;

  friend bool operator==(const Loss&, const Loss&) = default;
};

/// Where an item is before it comes to its end.
enum class Place : std::uint8_t { pending, spooled };

/// Threads: any.
class LossLedger {
 public:
  void captured(DataCategory category, std::uint64_t count = 1) noexcept;   // now pending
  void captured(const Quantity& item, const Quantity& companion) noexcept;  // in one step
  void spooled(DataCategory category, std::uint64_t count = 1) noexcept;    // pending to spooled
  void recovered(DataCategory category, std::uint64_t count = 1) noexcept;  // captured and spooled
  void sent(DataCategory category, std::uint64_t count = 1, Place from = Place::pending) noexcept;

  /// To dropped, and to be reported unless the reason is `rate_limited`.
  void dropped(DiscardReason reason, DataCategory category, std::uint64_t count = 1,
               Place from = Place::pending) noexcept;

  /// As `captured` and `dropped` in one step, for what is refused at the door.
  void refused(DiscardReason reason, DataCategory category, std::uint64_t count = 1) noexcept;
  void refused(DiscardReason reason, const Quantity& item, const Quantity& companion) noexcept;

  /// Takes the losses that are not reported yet; they are gone from the ledger.
  /// Spec: P5.9 rule 4.
  [[nodiscard]] std::vector<Loss> take_unreported();

  /// Puts back what a failed report carried.
  void restore(const std::vector<Loss>& losses) noexcept;

  [[nodiscard]] bool has_unreported() const noexcept;
  [[nodiscard]] Stats stats() const;

 private:
  struct Account {
    std::uint64_t captured = 0;
    std::uint64_t recovered = 0;
    std::uint64_t sent = 0;
    std::array<std::uint64_t, 2> at{};  // by `Place`
    std::array<std::uint64_t, kDiscardReasonCount> dropped{};
    std::array<std::uint64_t, kDiscardReasonCount> unreported{};
  };

  using Accounts = std::array<Account, kDataCategoryCount>;

  // All but `copy` are called with the lock held.
  static void leave(Account& account, Place place, std::uint64_t count) noexcept;
  void lose(Account& account, DiscardReason reason, std::uint64_t count) noexcept;
  [[nodiscard]] std::vector<Loss> unreported() const;
  [[nodiscard]] Accounts copy() const noexcept;

  mutable std::mutex mutex_;
  Accounts accounts_{};
  bool has_unreported_ = false;  // asked before every request
};

}  // namespace picket::protocol
