#pragma once

// The command line of `picket-chat`.

#include "picket/options.hpp"

#include <optional>

namespace chat {

struct Arguments {
  picket::Options monitoring{};
  double max_seconds = 0;  // 0: until a signal
};

/// Nothing when the program has to end at once, with `exit_code`.
std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code);

}  // namespace chat
