#pragma once

// How a trace is made: `read_trace_item` turns payloads into nodes that do not know each other yet,
// `link_trace` makes them a tree. For trace.cpp alone; everybody else reads `trace.hpp`.

#include "ingest/trace.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace picket::ingest {

/// A node that nobody shares yet.
using NewNode = std::unique_ptr<TraceNode>;

/// By trace id, in lower case.
using NewNodes = std::map<std::string, std::vector<NewNode>>;

/// Adds what the item says of traces. Spans point to the transaction they came in.
void read_trace_item(const TraceItem& item, NewNodes& nodes);

/// Finds the parent of each node, makes clocks agree, and puts the nodes in order.
Trace link_trace(std::string id, std::vector<NewNode> nodes);

}  // namespace picket::ingest
