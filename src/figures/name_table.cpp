#include "figures/name_table.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"

#include <functional>

namespace picket::figures {

namespace {

constexpr std::string_view kOtherName = "other";
constexpr std::string_view kNoName = "unknown";

std::size_t hash_of(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

}  // namespace

const NameTable::Entry* NameTable::find(std::string_view name, std::size_t hash) const noexcept {
  for (std::size_t at = hash % kSlots;; at = (at + 1) % kSlots) {
    const Entry* const entry = slots_[at].load(std::memory_order_acquire);
    if (entry == nullptr || (entry->hash == hash && entry->name == name)) return entry;
  }
}

NameTable::Id NameTable::id_of(std::string_view name) noexcept {
  if (name.empty()) name = kNoName;
  if (name.size() > kMaxBytes) name = base::utf8_prefix(name, kMaxBytes);
  const std::size_t hash = hash_of(name);
  if (const Entry* const known = find(name, hash)) return known->id;
  if (name == kOtherName || size_.load(std::memory_order_relaxed) == kMost) return kOther;
  return base::contain(kOther, [&] { return add(name, hash, std::nullopt); });
}

std::optional<NameTable::Id> NameTable::known(std::string_view name) const noexcept {
  const Entry* const entry = find(name, hash_of(name));
  return entry != nullptr ? std::optional(entry->id) : std::nullopt;
}

void NameTable::remember(std::string_view name, Id id) noexcept {
  base::contain([&] { add(name, hash_of(name), id); });
}

NameTable::Id NameTable::add(std::string_view name, std::size_t hash, std::optional<Id> id) {
  const std::lock_guard lock(mutex_);
  if (const Entry* const known = find(name, hash)) return known->id;
  const std::size_t place = size_.load(std::memory_order_relaxed);
  if (place == kMost) return kOther;
  entries_[place] = std::make_unique<const Entry>(Entry{
      .name = std::string(name), .hash = hash, .id = id.value_or(static_cast<Id>(place + 1))});
  const Entry* const entry = entries_[place].get();
  std::size_t at = hash % kSlots;
  while (slots_[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) % kSlots;
  slots_[at].store(entry, std::memory_order_release);
  size_.store(place + 1, std::memory_order_relaxed);
  return entry->id;
}

std::string_view NameTable::name(Id id) const noexcept {
  if (id == kOther) return kOtherName;
  return entries_[id - std::size_t{1}]->name;
}

}  // namespace picket::figures
