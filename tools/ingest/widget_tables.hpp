#pragma once

// The widgets as text for a terminal, at most 100 columns wide, and as JSON.

#include "ingest/widgets.hpp"
#include "picket/value.hpp"

#include <string>

namespace picket::ingest {

std::string widget_tables(const Widgets& widgets);

/// One member for each widget: `errors_per_command`, `durations_per_op`, `users_per_error`,
/// `errors_per_release`, `tag_values`. Names that items did not tell are null, so are shares of
/// nothing.
Object widget_json(const Widgets& widgets);

}  // namespace picket::ingest
