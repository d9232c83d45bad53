#pragma once

// A table that forgets: it remembers so many keys, and the one that was used least recently leaves
// for a new one. Keys are hashes that the caller made, so that an entry has one size and a full
// table allocates nothing. Two things of equal hash are one; with 64 bits nobody will see that.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace picket::base {

/// Threads: one at a time.
template <class Value>
class LruMap {
 public:
  using Key = std::uint64_t;

  /// Remembers at least one.
  explicit LruMap(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}

  /// The value of `key`, now the most recently used; one that is new has `Value{}`.
  /// Lifetime: until the next call.
  Value& use(Key key) {
    if (Value* const known = find(key)) return *known;
    if (index_.size() < capacity_) {
      entries_.emplace_front(key, Value{});
      try {
        index_.emplace(key, entries_.begin());
      } catch (...) {
        entries_.pop_front();
        throw;
      }
    } else {
      replace_oldest(key);
    }
    return entries_.front().second;
  }

  /// As `use`, but null for an unknown key.
  Value* find(Key key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }

 private:
  using Entries = std::list<std::pair<Key, Value>>;

  /// The nodes of the one that leaves become those of the new one.
  void replace_oldest(Key key) {
    entries_.splice(entries_.begin(), entries_, std::prev(entries_.end()));
    auto node = index_.extract(entries_.front().first);
    entries_.front() = {key, Value{}};
    node.key() = key;
    index_.insert(std::move(node));
  }

  std::size_t capacity_;
  Entries entries_{};  // most recently used first
  std::unordered_map<Key, typename Entries::iterator> index_{};
};

}  // namespace picket::base
