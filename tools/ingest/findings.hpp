#pragma once

// A `Finding` is one protocol mistake in an envelope: either Sentry would refuse the data
// (`reject`), or it would repair or drop the part and carry on (`warn`). The checks in
// `validate.hpp` collect them in a `Findings`; a `Node` walks the JSON and remembers its path.

#include "picket/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::ingest {

/// One mistake, with the place where it is.
struct Finding {
  bool fatal = false;                 // Sentry refuses the data
  int status = 400;                   // what it answers when fatal
  std::optional<std::size_t> item{};  // none: the envelope as a whole
  std::string type{};                 // the item's type
  std::string path{};                 // JSON path below the payload; "header.x" for item headers
  std::string text{};

  /// `item 0 (event): exception.values.0.type: …`
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// A JSON value and the way to it; a missing value is a Node too.
class Node {
 public:
  explicit Node(const Value& value, std::string path = {})
      : value_(&value), path_(std::move(path)) {}

  [[nodiscard]] Node operator[](std::string_view key) const;
  [[nodiscard]] Node operator[](std::size_t index) const;

  /// Missing, or an explicit null: Sentry treats both alike.
  [[nodiscard]] bool absent() const { return value_ == nullptr || value_->is_null(); }
  explicit operator bool() const { return !absent(); }

  [[nodiscard]] const std::string* text() const { return value_ ? value_->as_text() : nullptr; }
  [[nodiscard]] const Object* object() const { return value_ ? value_->as_object() : nullptr; }
  [[nodiscard]] const List* list() const { return value_ ? value_->as_list() : nullptr; }
  [[nodiscard]] bool is_bool() const { return value_ && value_->as_bool(); }
  [[nodiscard]] bool truth() const { return is_bool() && *value_->as_bool(); }
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<double> integer() const;  // a number without a fraction
  /// A time: a number of seconds since 1970, or RFC 3339 text as that number (P0.2).
  [[nodiscard]] std::optional<double> seconds() const;
  [[nodiscard]] std::string_view text_or(std::string_view fallback) const;
  [[nodiscard]] Value value() const { return value_ ? *value_ : Value(); }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// The elements of a list, or of the list under `values`; empty for anything else.
  [[nodiscard]] std::vector<Node> elements() const;

 private:
  Node(const Value* value, std::string path) : value_(value), path_(std::move(path)) {}

  const Value* value_;
  std::string path_;
};

/// Collects the findings of one envelope; `enter` names the item they belong to.
class Findings {
 public:
  void enter(std::optional<std::size_t> item, std::string_view type);

  void reject(std::string_view path, std::string text, int status = 400);
  void warn(std::string_view path, std::string text);
  void reject(const Node& node, std::string text) { reject(node.path(), std::move(text)); }
  void warn(const Node& node, std::string text) { warn(node.path(), std::move(text)); }

  /// The first one for which Sentry refuses the data, or null.
  [[nodiscard]] const Finding* fatal() const;
  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
  std::optional<std::size_t> item_;
  std::string type_;
};

}  // namespace picket::ingest
