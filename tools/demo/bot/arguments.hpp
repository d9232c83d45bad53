#pragma once

// The command line of `picket-bot`.

#include "bot/monitoring.hpp"
#include "bot/services.hpp"
#include "picket/options.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace bot {

struct Arguments {
  picket::Options monitoring{};
  MonitoringSwitches switches{};  // already applied to `monitoring`
  ServiceOptions services{};
  std::size_t threads = 4;
  std::string script{};  // a file of lines; empty: standard input
};

/// Nothing when the program has to end at once, with `exit_code`.
std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code);

}  // namespace bot
