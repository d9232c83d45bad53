#pragma once

// A small read-through cache: text by key, the least recently used entry leaves first. It plays a
// cache on another machine: once it is disconnected every call fails.

#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace bot {

/// Errors: throws `CacheError` once it is disconnected.
/// Threads: any.
class Cache {
 public:
  explicit Cache(std::size_t capacity) noexcept : capacity_(capacity) {}

  [[nodiscard]] std::optional<std::string> find(const std::string& key);
  void store(const std::string& key, std::string value);
  void forget(const std::string& key);
  void clear();

  void disconnect() noexcept { is_connected_ = false; }

 private:
  using Entries = std::list<std::pair<std::string, std::string>>;

  void require_connection() const;
  void erase(const std::string& key);  // the lock is held

  const std::size_t capacity_;
  std::atomic<bool> is_connected_{true};
  std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace bot
