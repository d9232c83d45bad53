#include "bot/cache.hpp"

#include "bot/errors.hpp"

namespace bot {

std::optional<std::string> Cache::find(const std::string& key) {
  require_connection();
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void Cache::store(const std::string& key, std::string value) {
  require_connection();
  const std::lock_guard lock(mutex_);
  erase(key);
  entries_.emplace_front(key, std::move(value));
  by_key_[key] = entries_.begin();
  if (entries_.size() > capacity_) {
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

void Cache::forget(const std::string& key) {
  require_connection();
  const std::lock_guard lock(mutex_);
  erase(key);
}

void Cache::clear() {
  require_connection();
  const std::lock_guard lock(mutex_);
  entries_.clear();
  by_key_.clear();
}

void Cache::require_connection() const {
  if (!is_connected_) throw CacheError("the cache does not answer");
}

void Cache::erase(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

}  // namespace bot
