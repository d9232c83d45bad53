#pragma once

// What the exceptions of the standard library know beyond their text: codes, paths, and what the
// dry ones mean in words.

#include "picket/value.hpp"

#include <exception>
#include <string>

namespace picket::client {

/// Facts for `mechanism.data`, and a sentence for `mechanism.description`; both may be empty.
struct KnownFacts {
  Object data{};
  std::string description{};
};

/// Errors: throws what allocation throws.
/// Spec: S4.7, P3.7.
KnownFacts known_facts(const std::exception& error);

}  // namespace picket::client
