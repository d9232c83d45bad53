#pragma once

// What arrived of one trace as a tree, whatever program it came from: what was done inside of what,
// and how it ended. As text, so that a whole trace can be compared with what was expected.

#include "driver/arrivals.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// One line for each span and each event, two blanks deeper than its parent's, siblings in the
/// order of their starts: `op description: status`. A transaction has its name for a description,
/// and the release it comes from in brackets; an event its level and title. What names a parent
/// that did not arrive stands below `missing span`. Port numbers are left out: they differ from run
/// to run; long texts are cut.
std::string trace_tree(const Arrivals& arrivals, std::string_view trace_id);

/// All traces as the server draws them: bars on an axis of time.
std::string waterfalls_of(const Arrivals& arrivals);

/// The id of the trace that a transaction or an event belongs to.
std::string trace_id_of(const picket::Value& event);

/// The first span of that op and description, or null.
const picket::Value& span_of(const picket::Value& transaction, std::string_view op,
                             std::string_view description);

/// All spans of that op in order.
std::vector<picket::Value> spans_of(const picket::Value& transaction, std::string_view op);

}  // namespace demo
