#pragma once

// The key figures as lines of text, for whoever asks the bot itself.

#include "picket/stats.hpp"

#include <string>

namespace bot {

/// A few lines, each with the name of its subject first.
std::string describe(const picket::Stats& stats);

}  // namespace bot
