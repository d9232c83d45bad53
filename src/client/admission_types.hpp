#pragma once

// What admission wants to know of an exception's class: the hash of its bare name, and whether the
// host ignores it by that name. Both need the demangled name, which is made once for each class.

#include "base/lru_map.hpp"
#include "client/admission_limiter.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace picket::client {

/// The key of a class name, with or without a namespace, with `::` or `.`.
TypeKey type_key(std::string_view class_name);

/// Threads: any.
class TypeBook {
 public:
  /// Remembers so many classes; those seen last.
  static constexpr std::size_t kMaxTypes = 256;

  /// Lifetime: `ignored` outlives the book.
  explicit TypeBook(const std::vector<std::string>& ignored)
      : ignored_(ignored), known_(kMaxTypes) {}

  struct Facts {
    TypeKey key = kNoType;
    bool is_ignored = false;
  };

  Facts of(const std::type_info& type);

 private:
  [[nodiscard]] Facts look_at(const std::type_info& type) const;

  const std::vector<std::string>& ignored_;
  std::mutex mutex_;
  // By the hash of the mangled name, not by address: a library that is unloaded takes its
  // `std::type_info` along.
  base::LruMap<Facts> known_;
};

}  // namespace picket::client
