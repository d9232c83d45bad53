#pragma once

// A `BreadcrumbTrail` holds the newest breadcrumbs of a scope in append-only chunks that are shared
// with snapshots and forks. Adding one writes into the newest chunk; a snapshot is two reference
// counts and a length; neither depends on how many breadcrumbs there are or may be.
//
// Why sharing is safe: a chunk's entries never change once written, a snapshot looks only at the
// entries that existed when it was taken, and only one trail can be the next to append to a chunk.
// Trails that were forked from each other find that out by claiming the next slot: the first one
// goes on in place, the others start a chunk of their own behind the shared past.

#include "picket/breadcrumb.hpp"
#include "protocol/write.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace picket::scope {

class BreadcrumbChunk;
struct BreadcrumbPast;

/// Texts longer than these are cut when a breadcrumb is added, which bounds a scope's memory.
/// Spec: P3.16.
inline constexpr std::size_t kMaxBreadcrumbMessage = 8192;
inline constexpr std::size_t kMaxBreadcrumbWord = 128;  // type and category
inline constexpr std::size_t kMaxBreadcrumbData = 2048;

/// Threads: the trail itself is guarded by its scope's lock; a copy that was taken under the lock
/// may be read by any thread while the original goes on.
class BreadcrumbTrail {
 public:
  BreadcrumbTrail() noexcept;
  BreadcrumbTrail(const BreadcrumbTrail& other) noexcept;  // a snapshot or a fork
  BreadcrumbTrail(BreadcrumbTrail&& other) noexcept;
  BreadcrumbTrail& operator=(BreadcrumbTrail other) noexcept;
  ~BreadcrumbTrail();

  /// Appends one; those beyond the newest `max` are forgotten. `max` 0 does nothing.
  void add(WallTime timestamp, std::string_view message, const BreadcrumbOptions& options,
           std::size_t max);

  /// Calls `visit` for the newest `max` breadcrumbs, oldest first.
  /// Lifetime: the views live as long as this trail.
  void for_each(std::size_t max,
                const std::function<void(const protocol::BreadcrumbView&)>& visit) const;

  /// About how much memory they hold; shared ones count in full. Constant time.
  [[nodiscard]] std::size_t size_bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept;

 private:
  void start_chunk(std::size_t max);

  std::shared_ptr<BreadcrumbChunk> chunk_;      // the newest
  std::shared_ptr<const BreadcrumbPast> past_;  // older chunks, immutable
  std::size_t count_ = 0;                       // entries of `chunk_` that belong to this trail
  std::size_t size_ = 0;                        // breadcrumbs that are not forgotten
  std::size_t bytes_ = 0;                       // of the texts of these entries
};

}  // namespace picket::scope
