#include "picket/value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

namespace picket {
namespace {

// Up to here looking at every earlier key is faster than sorting.
constexpr std::size_t kFewMembers = 16;

void keep_last_of_few(std::vector<Member>& members) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::size_t same = 0;
    while (same < kept && members[same].key != members[i].key) ++same;
    if (same < kept) {
      members[same].value = std::move(members[i].value);
      continue;
    }
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
}

// Sorting, not hashing: keys come from strangers, who could choose them to collide.
void keep_last_of_many(std::vector<Member>& members) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    const int compared = members[left].key.compare(members[right].key);
    return compared != 0 ? compared < 0 : left < right;
  });

  std::vector<bool> gone(members.size());
  std::size_t first = 0;  // in `order`, of the run of equal keys
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (members[order[i]].key != members[order[first]].key) {
      first = i;
      continue;
    }
    members[order[first]].value = std::move(members[order[i]].value);
    gone[order[i]] = true;
  }

  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (gone[i]) continue;
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
}

template <class T>
bool equals_integer(double number, T integer) noexcept {
  // Both bounds are powers of two, so they are exact as doubles; the upper one is excluded.
  constexpr double kBeyond = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
  constexpr double kLeast = std::is_signed_v<T> ? -0x1p63 : 0.0;
  if (!(number >= kLeast && number < kBeyond) || std::trunc(number) != number) return false;
  return static_cast<T>(number) == integer;
}

bool equals_number(double number, const Value& other) noexcept {
  if (const auto* const integer = other.as_int()) return equals_integer(number, *integer);
  if (const auto* const integer = other.as_uint()) return equals_integer(number, *integer);
  return number == *other.as_double();
}

bool equal_numbers(const Value& left, const Value& right) noexcept {
  if (const double* const number = left.as_double()) return equals_number(*number, right);
  if (const double* const number = right.as_double()) return equals_number(*number, left);
  const auto equals_right = [&](auto integer) {
    const std::int64_t* const other = right.as_int();
    return other != nullptr ? std::cmp_equal(integer, *other)
                            : std::cmp_equal(integer, *right.as_uint());
  };
  return left.as_int() != nullptr ? equals_right(*left.as_int()) : equals_right(*left.as_uint());
}

std::optional<std::size_t> parse_index(std::string_view text) noexcept {
  std::size_t index = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, index);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return index;
}

const Value* child(const Value& value, std::string_view key) noexcept {
  if (const Object* const object = value.as_object()) return object->find(key);
  if (const List* const list = value.as_list()) {
    const auto index = parse_index(key);
    if (index && *index < list->size()) return &(*list)[*index];
  }
  return nullptr;
}

const Value* walk(const Value& value, std::string_view path) noexcept {
  for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
    if (const Value* const next = child(value, path.substr(0, end))) {
      if (end == std::string_view::npos) return next;
      if (const Value* const found = walk(*next, path.substr(end + 1))) return found;
    }
    if (end == std::string_view::npos) return nullptr;
  }
}

}  // namespace

Object::Object() noexcept = default;
Object::Object(std::initializer_list<Member> members)
    : Object(from_members(std::vector<Member>(members))) {}
Object::Object(const Object& other) = default;
Object::Object(Object&& other) noexcept = default;
Object& Object::operator=(const Object& other) = default;
Object& Object::operator=(Object&& other) noexcept = default;
Object::~Object() = default;

Object Object::from_members(std::vector<Member> members) {
  if (members.size() <= kFewMembers) {
    keep_last_of_few(members);
  } else {
    keep_last_of_many(members);
  }
  Object object;
  object.members_ = std::move(members);
  return object;
}

Object& Object::set(std::string_view key, Value value) {
  if (Value* const present = find(key)) {
    *present = std::move(value);
  } else {
    members_.push_back({std::string(key), std::move(value)});
  }
  return *this;
}

bool Object::erase(std::string_view key) noexcept {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.key == key; });
  if (found == members_.end()) return false;
  members_.erase(found);
  return true;
}

const Value* Object::find(std::string_view key) const noexcept {
  for (const Member& member : members_) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Value* Object::find(std::string_view key) noexcept {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

std::size_t Object::size() const noexcept { return members_.size(); }
bool Object::empty() const noexcept { return members_.empty(); }
void Object::clear() noexcept { members_.clear(); }
void Object::reserve(std::size_t count) { members_.reserve(count); }
const Member* Object::begin() const noexcept { return members_.data(); }
const Member* Object::end() const noexcept { return members_.data() + members_.size(); }
Member* Object::begin() noexcept { return members_.data(); }
Member* Object::end() noexcept { return members_.data() + members_.size(); }

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& mine = members_[i];
    // Most often both have the same order; only otherwise is a search needed.
    const Member& opposite = other.members_[i];
    const Value* const theirs = mine.key == opposite.key ? &opposite.value : other.find(mine.key);
    if (theirs == nullptr || !(mine.value == *theirs)) return false;
  }
  return true;
}

Value::Value(const char* text) {
  if (text != nullptr) storage_.emplace<std::string>(text);
}
Value::Value(List list) noexcept : storage_(std::move(list)) {}
Value::Value(Object object) noexcept : storage_(std::move(object)) {}
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

double Value::number_or(double fallback) const noexcept {
  if (const auto* const number = as_double()) return *number;
  if (const auto* const number = as_int()) return static_cast<double>(*number);
  if (const auto* const number = as_uint()) return static_cast<double>(*number);
  return fallback;
}

std::string_view Value::text_or(std::string_view fallback) const noexcept {
  const std::string* const text = as_text();
  return text != nullptr ? std::string_view(*text) : fallback;
}

const Value& Value::at(std::string_view path) const noexcept {
  // Never destroyed: a reference to it may outlive static destruction.
  static const Value& none = *new Value();
  if (path.empty()) return *this;
  const Value* const found = walk(*this, path);
  return found != nullptr ? *found : none;
}

bool Value::operator==(const Value& other) const {
  if (is_number() && other.is_number()) return equal_numbers(*this, other);
  return storage_ == other.storage_;
}

Value ValueRef::to_value() const {
  return std::visit(
      [](const auto& held) -> Value {
        if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(held)>>) {
          return Value(*held);
        } else {
          return Value(held);
        }
      },
      storage_);
}

Object Attributes::to_object() const {
  std::vector<Member> members;
  members.reserve(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const Attribute attribute = (*this)[i];
    members.push_back({std::string(attribute.key), attribute.value.to_value()});
  }
  return Object::from_members(std::move(members));
}

}  // namespace picket
