#pragma once

// Errors and transactions as a person wants to read them: one row of a table each, or one in full.

#include "driver/stage.hpp"
#include "picket/value.hpp"

#include <string>
#include <vector>

namespace demo {

/// `Type: value` of the outermost exception, or the message.
std::string title_of(const picket::Value& event);

/// Names of the bot's own functions on the stack of the outermost exception, the oldest first.
std::vector<std::string> own_frames(const picket::Value& event);

/// The messages of its breadcrumbs, oldest first, separated by commas.
std::string breadcrumbs_of(const picket::Value& event);

/// All errors that arrived; of a step with many the first few.
std::string table_of_events(const std::vector<Kept>& kept);

/// All transactions, likewise.
std::string table_of_transactions(const std::vector<Kept>& kept);

/// One event in full: chain, frames, breadcrumbs, user, tags, contexts, debug images.
std::string transcript_of(const picket::Value& event);

}  // namespace demo
