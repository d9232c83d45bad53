#pragma once

// The version of the headers in use, and the name under which picket reports itself.

#include <string_view>

#define PICKET_VERSION_MAJOR 0
#define PICKET_VERSION_MINOR 1
#define PICKET_VERSION_PATCH 0

namespace picket {

inline constexpr std::string_view kVersion = "0.1.0";

/// The `sdk.name` of every event and the product of the HTTP user agent.
/// Spec: P1.6, P3.21.
inline constexpr std::string_view kSdkName = "picket.cpp";

}  // namespace picket
