#include "protocol/fit.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace picket::protocol {
namespace {

constexpr std::size_t kMaxDepth = json::Limits{}.max_depth;
constexpr std::size_t kMaxBreadth = json::Limits{}.max_breadth;

// Texts are not cut shorter than this: what remains would tell nothing.
constexpr std::size_t kShortestCut = 16;

std::size_t json_bytes(const Value& value) {
  std::string json;
  json::Writer(json).value(value);
  return json.size();
}

// Cheaper than writing it, and never too small: an escape is at most six bytes.
std::size_t most_bytes(const Value& value) {
  if (const std::string* text = value.as_text()) return 2 + 6 * text->size();
  std::size_t sum = 32;
  if (const List* list = value.as_list()) {
    for (const Value& item : *list) sum += 1 + most_bytes(item);
  } else if (const Object* object = value.as_object()) {
    for (const Member& member : *object) {
      sum += 4 + 6 * member.key.size() + most_bytes(member.value);
    }
  }
  return sum;
}

std::size_t depth_of(const Value& value) {
  std::size_t deepest = 0;
  if (const List* list = value.as_list()) {
    for (const Value& item : *list) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const Object* object = value.as_object()) {
    for (const Member& member : *object) deepest = std::max(deepest, depth_of(member.value));
    return deepest + 1;
  }
  return 0;
}

// The writer leaves out what exceeds the breadth; counting it as saved would be an error.
void limit_breadth(Value& value) {
  if (List* list = value.as_list()) {
    if (list->size() > kMaxBreadth) list->resize(kMaxBreadth);
    for (Value& item : *list) limit_breadth(item);
  } else if (Object* object = value.as_object()) {
    if (object->size() > kMaxBreadth) {
      Object first;
      first.reserve(kMaxBreadth);
      for (std::size_t i = 0; i < kMaxBreadth; ++i) {
        Member& member = object->begin()[i];
        first.set(member.key, std::move(member.value));
      }
      *object = std::move(first);
    }
    for (Member& member : *object) limit_breadth(member.value);
  }
}

// A text that is too long by itself is cut right away, so that the rest need not look at megabytes.
void cut_texts(Value& value, std::size_t max_bytes) {
  if (const std::string* text = value.as_text()) {
    if (text->size() > max_bytes) value = base::ellipsize(*text, max_bytes);
  } else if (List* list = value.as_list()) {
    for (Value& item : *list) cut_texts(item, max_bytes);
  } else if (Object* object = value.as_object()) {
    for (Member& member : *object) cut_texts(member.value, max_bytes);
  }
}

// Shortens a text by at least `excess`; false when too little of it would remain.
bool shorten(Value& value, std::size_t excess) {
  const std::string* text = value.as_text();
  if (text == nullptr || text->size() < excess + kShortestCut) return false;
  value = base::ellipsize(*text, text->size() - excess);
  return true;
}

// Takes `saved` off `excess`, down to zero.
void save(std::size_t& excess, std::size_t saved) noexcept { excess -= std::min(excess, saved); }

void cut_list(List& list, std::size_t& excess) {
  while (excess > 0 && !list.empty()) {
    const std::size_t before = json_bytes(list.back()) + (list.size() > 1 ? 1 : 0);  // its comma
    if (shorten(list.back(), excess)) {
      excess = 0;
    } else {
      list.pop_back();
      save(excess, before);
    }
  }
}

void cut_object(Object& object, std::size_t& excess) {
  while (excess > 0 && !object.empty()) {
    Member& last = *(object.end() - 1);
    const std::size_t before = json_bytes(last.value);
    if (shorten(last.value, excess)) {
      excess = 0;
    } else {
      save(excess, before + last.key.size() + (object.size() > 1 ? 4 : 3));  // `"":,`
      const std::string key = last.key;                                      // outlives the member
      object.erase(key);
    }
  }
}

// Cuts the containers that lie `depth` levels below `value`.
void cut_at_depth(Value& value, std::size_t depth, std::size_t& excess) {
  if (excess == 0) return;
  if (List* list = value.as_list()) {
    if (depth == 0) return cut_list(*list, excess);
    for (std::size_t i = list->size(); i-- > 0;) cut_at_depth((*list)[i], depth - 1, excess);
  } else if (Object* object = value.as_object()) {
    if (depth == 0) return cut_object(*object, excess);
    for (std::size_t i = object->size(); i-- > 0;) {
      cut_at_depth(object->begin()[i].value, depth - 1, excess);
    }
  }
}

std::size_t excess_of(const Value& value, std::size_t max_bytes) {
  const std::size_t bytes = json_bytes(value);
  return bytes > max_bytes ? bytes - max_bytes : 0;
}

void fit_text(Value& value, std::size_t max_bytes) {
  const std::size_t excess = excess_of(value, max_bytes);
  if (shorten(value, excess)) return;
  // Mostly escapes: at six bytes each, this many characters fit for sure.
  value = base::ellipsize(*value.as_text(), max_bytes > 8 ? (max_bytes - 2) / 6 : 0);
}

}  // namespace

void fit(Value& value, std::size_t max_bytes) {
  if (most_bytes(value) <= max_bytes) return;
  cut_texts(value, max_bytes);
  if (json_bytes(value) <= max_bytes) return;
  if (value.as_text() != nullptr) return fit_text(value, max_bytes);
  limit_breadth(value);
  for (std::size_t depth = std::min(depth_of(value), kMaxDepth); depth-- > 0;) {
    std::size_t excess = excess_of(value, max_bytes);
    if (excess == 0) return;
    cut_at_depth(value, depth, excess);
  }
}

void fit(Object& object, std::size_t max_bytes) {
  Value value(std::move(object));
  fit(value, max_bytes);
  object = std::move(*value.as_object());
}

void fit_members(Object& object, std::size_t max_bytes) {
  std::size_t bytes = 2;
  std::size_t kept = 0;
  for (const Member& member : object) {
    bytes += member.key.size() + 4 + json_bytes(member.value);
    if (bytes > max_bytes) break;
    ++kept;
  }
  if (kept == object.size()) return;
  Object first;
  first.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    Member& member = object.begin()[i];
    first.set(member.key, std::move(member.value));
  }
  object = std::move(first);
}

}  // namespace picket::protocol
