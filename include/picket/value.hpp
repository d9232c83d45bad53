#pragma once

// `Value` is any JSON value with the two integer types told apart; it carries context data, extra
// facts and breadcrumb data. `Object` keeps its members in the order in which they were added.
// `Attributes` is a non-owning view of key/value pairs, so that
//   add_breadcrumb("paid", {.data = {{"amount", 12}, {"currency", "EUR"}}})
// allocates nothing while picket is off.

#include "picket/export.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace picket {

class Value;
struct Member;
using List = std::vector<Value>;

/// Key/value pairs in the order of insertion; each key occurs once.
class PICKET_EXPORT Object {
 public:
  Object() noexcept;
  Object(std::initializer_list<Member> members);
  Object(const Object& other);
  Object(Object&& other) noexcept;
  Object& operator=(const Object& other);
  Object& operator=(Object&& other) noexcept;
  ~Object();

  /// Takes many members at once; of equal keys the last value wins, at the first one's place.
  /// Costs n log n, where a `set` for each would cost n * n.
  static Object from_members(std::vector<Member> members);

  /// Adds the member or replaces the value of an existing one.
  Object& set(std::string_view key, Value value);

  /// True if there was such a member.
  bool erase(std::string_view key) noexcept;

  /// The value of `key`, or null. Valid until the next change of this object.
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  [[nodiscard]] Value* find(std::string_view key) noexcept;
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept;
  void clear() noexcept;
  void reserve(std::size_t count);
  [[nodiscard]] const Member* begin() const noexcept;
  [[nodiscard]] const Member* end() const noexcept;
  [[nodiscard]] Member* begin() noexcept;
  [[nodiscard]] Member* end() noexcept;

  /// Same members with equal values, in any order.
  bool operator==(const Object& other) const;

 private:
  std::vector<Member> members_;
};

template <class T>
concept Integer = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool> &&
                  !std::same_as<std::remove_cv_t<T>, char>;

/// One JSON value. A string literal is text, never a bool.
/// NaN and infinities may be stored; on the wire they become null.
/// Spec: P0.3.
class PICKET_EXPORT Value {
 public:
  using Storage = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                               std::string, List, Object>;

  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  template <std::same_as<bool> T>
  Value(T flag) noexcept : storage_(flag) {}
  template <Integer T>
  Value(T number) noexcept {
    if constexpr (std::is_signed_v<T>) {
      storage_ = static_cast<std::int64_t>(number);
    } else {
      storage_ = static_cast<std::uint64_t>(number);
    }
  }
  template <std::floating_point T>
  Value(T number) noexcept : storage_(static_cast<double>(number)) {}
  Value(std::string text) noexcept : storage_(std::move(text)) {}
  Value(std::string_view text) : storage_(std::string(text)) {}
  Value(const char* text);  // null pointer: null
  Value(List list) noexcept;
  Value(Object object) noexcept;

  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  [[nodiscard]] bool is_null() const noexcept { return storage_.index() == 0; }

  /// The contents if they are of that kind, else null.
  [[nodiscard]] const bool* as_bool() const noexcept { return std::get_if<bool>(&storage_); }
  [[nodiscard]] const std::int64_t* as_int() const noexcept {
    return std::get_if<std::int64_t>(&storage_);
  }
  [[nodiscard]] const std::uint64_t* as_uint() const noexcept {
    return std::get_if<std::uint64_t>(&storage_);
  }
  [[nodiscard]] const double* as_double() const noexcept { return std::get_if<double>(&storage_); }
  [[nodiscard]] const std::string* as_text() const noexcept {
    return std::get_if<std::string>(&storage_);
  }
  [[nodiscard]] const List* as_list() const noexcept { return std::get_if<List>(&storage_); }
  [[nodiscard]] const Object* as_object() const noexcept { return std::get_if<Object>(&storage_); }
  [[nodiscard]] List* as_list() noexcept { return std::get_if<List>(&storage_); }
  [[nodiscard]] Object* as_object() noexcept { return std::get_if<Object>(&storage_); }

  /// Any number as a double; nothing but numbers.
  [[nodiscard]] bool is_number() const noexcept {
    return storage_.index() >= 2 && storage_.index() <= 4;
  }
  [[nodiscard]] double number_or(double fallback) const noexcept;

  /// The text, or `fallback` when this is not text. Valid as long as this value.
  [[nodiscard]] std::string_view text_or(std::string_view fallback) const noexcept;

  /// Walks down object members by key and lists by decimal index, separated by dots:
  /// `at("exception.values.0.type")`. A key may hold dots itself: the shortest one that leads
  /// somewhere is taken. A null value when there is no such thing; this value for an empty path.
  [[nodiscard]] const Value& at(std::string_view path) const noexcept;

  [[nodiscard]] const Storage& storage() const noexcept { return storage_; }

  /// Numbers are equal when their values are, whatever their kind.
  bool operator==(const Value& other) const;

 private:
  Storage storage_;
};

/// One member of an `Object`.
struct Member {
  std::string key{};
  Value value{};
};

/// A value that belongs to somebody else. Valid as long as its owner.
class PICKET_EXPORT ValueRef {
 public:
  using Storage = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double,
                               std::string_view, const Value*, const List*, const Object*>;

  ValueRef(std::nullptr_t = nullptr) noexcept : storage_(nullptr) {}
  template <std::same_as<bool> T>
  ValueRef(T flag) noexcept : storage_(flag) {}
  template <Integer T>
  ValueRef(T number) noexcept {
    if constexpr (std::is_signed_v<T>) {
      storage_ = static_cast<std::int64_t>(number);
    } else {
      storage_ = static_cast<std::uint64_t>(number);
    }
  }
  template <std::floating_point T>
  ValueRef(T number) noexcept : storage_(static_cast<double>(number)) {}
  ValueRef(std::string_view text) noexcept : storage_(text) {}
  ValueRef(const std::string& text) noexcept : storage_(std::string_view(text)) {}
  ValueRef(const char* text) noexcept {
    if (text == nullptr) {
      storage_ = nullptr;
    } else {
      storage_ = std::string_view(text);
    }
  }
  ValueRef(const Value& value) noexcept : storage_(&value) {}
  ValueRef(const List& list) noexcept : storage_(&list) {}
  ValueRef(const Object& object) noexcept : storage_(&object) {}

  [[nodiscard]] const Storage& storage() const noexcept { return storage_; }

  /// An owning copy.
  [[nodiscard]] Value to_value() const;

 private:
  Storage storage_;
};

/// One pair of an `Attributes` view.
struct Attribute {
  std::string_view key{};
  ValueRef value{};
};

/// A non-owning view of key/value pairs: a braced list, or the members of an `Object`.
/// Lifetime: a braced list lives until the end of the full expression; pass it, do not keep it.
class PICKET_EXPORT Attributes {
 public:
  Attributes() noexcept = default;
  Attributes(std::initializer_list<Attribute> list) noexcept : size_(list.size()) {
    attributes_ = list.begin();
  }
  Attributes(const Object& object) noexcept : members_(object.begin()), size_(object.size()) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// The pair at `index` < `size()`.
  [[nodiscard]] Attribute operator[](std::size_t index) const noexcept {
    if (attributes_ != nullptr) return attributes_[index];
    return {members_[index].key, ValueRef(members_[index].value)};
  }

  /// An owning copy; of two equal keys the later one wins.
  [[nodiscard]] Object to_object() const;

 private:
  const Attribute* attributes_ = nullptr;
  const Member* members_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace picket
