#pragma once

// A breadcrumb is a short note of what happened before an event.

#include "picket/clock.hpp"
#include "picket/level.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>

namespace picket {

/// One note, as hooks and tests see it.
/// Spec: P3.16, S5.8.
struct Breadcrumb {
  WallTime timestamp{};  // the epoch: the time of adding
  std::string type{};    // empty: `default`
  std::string category{};
  std::string message{};
  Level level = Level::info;
  Object data{};

  friend bool operator==(const Breadcrumb&, const Breadcrumb&) = default;
};

/// What may accompany the message of `add_breadcrumb`.
/// Lifetime: borrowed until the call returns.
struct BreadcrumbOptions {
  std::string_view category = "default";
  Level level = Level::info;
  std::string_view type = "default";
  Attributes data{};
};

}  // namespace picket
