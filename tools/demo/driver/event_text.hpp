#pragma once

// Error events as a person wants to read them: one row of a table each, or one in full.

#include "driver/stage.hpp"
#include "picket/value.hpp"

#include <string>
#include <vector>

namespace demo {

/// `Type: value` of the outermost exception, or the message.
std::string title_of(const picket::Value& event);

/// Names of the bot's own functions on the stack of the outermost exception, the oldest first.
std::vector<std::string> own_frames(const picket::Value& event);

/// Everything that arrived; of a step with many events the first few.
std::string table_of(const std::vector<Kept>& kept);

/// One event in full: chain, frames, breadcrumbs, user, tags, contexts, debug images.
std::string transcript_of(const picket::Value& event);

}  // namespace demo
