#pragma once

// The person an event happened to. Nothing here is filled in by picket itself.

#include "picket/value.hpp"

#include <optional>
#include <string>

namespace picket {

/// All members are optional; at least one of the first four is needed to count affected users.
/// Spec: P3.17, S5.1.
struct User {
  std::optional<std::string> id{};  // text, also for numbers: 64-bit ids do not survive JSON
  std::optional<std::string> username{};
  std::optional<std::string> email{};
  std::optional<std::string> ip_address{};  // sent only with `Options::send_default_pii`
  std::optional<std::string> name{};
  Object data{};  // further keys, sent beside the ones above

  friend bool operator==(const User&, const User&) = default;
};

}  // namespace picket
