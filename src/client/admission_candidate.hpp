#pragma once

// What is known of a capture before anything of it is taken.

#include "picket/client.hpp"
#include "picket/event.hpp"
#include "scope/scope_state.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <typeinfo>

namespace picket::client {

/// Lifetime: borrowed from the capture function, for the length of its call.
struct Candidate {
  const CaptureOptions& options;
  SourceLocation location{};
  const std::type_info* type = nullptr;   // of the exception; null: none, or not to be known
  const std::exception* error = nullptr;  // null for objects of other kinds
  std::string_view message{};             // of a message
  Level level = Level::error;             // of a message
  const Event* event = nullptr;           // of `capture_event`
  std::array<const scope::ScopeState*, 3> scopes{};  // from the inside out; null ones say nothing

  [[nodiscard]] const Exception* outermost() const noexcept {
    return event == nullptr || event->exceptions.empty() ? nullptr : &event->exceptions.back();
  }
};

/// What an event says about those that did not leave.
struct AdmissionCounts {
  std::uint64_t suppressed = 0;   // of its type, by `Options::error_limit`
  std::uint64_t occurrences = 0;  // with `Options::storm_control`: the number of this one
};

/// The class of the exception, 0 without one. Not the key of the limiter, which needs a demangled
/// name.
std::uint64_t hash_of_type(const Candidate& candidate) noexcept;

/// File and line of the capture.
std::uint64_t hash_of_site(const SourceLocation& location) noexcept;

inline std::uint64_t hash(std::string_view text) noexcept {
  return std::hash<std::string_view>()(text);
}

/// Joins hashes, in order.
constexpr std::uint64_t join_hashes(std::uint64_t left, std::uint64_t right) noexcept {
  constexpr std::uint64_t kOdd = 0x9E37'79B9'7F4A'7C15;
  const std::uint64_t mixed = (left ^ (left >> 29U)) * kOdd + right;
  return (mixed ^ (mixed >> 32U)) * kOdd;
}

}  // namespace picket::client
