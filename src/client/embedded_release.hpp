#pragma once

// The release that the host's build wrote into the program, see `picket_embed_release` in the
// CMake package.

#include <string_view>

namespace picket::client {

/// Empty when the host embeds none. Spec: S3.3.
std::string_view embedded_release() noexcept;

}  // namespace picket::client
