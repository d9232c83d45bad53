#pragma once

// Whether items carry what the widgets need, without extra work of the host: release and
// environment on everything; the name of the command and the user on all that a command sent; the
// op on transactions and spans.

#include "ingest/received.hpp"

#include <string>
#include <vector>

namespace picket::ingest {

/// Which items were sent inside a command.
enum class CommandItems {
  all,      // of a run in which nothing else happens
  by_data,  // those with a command context or tag, and those of the same release in the trace of
            // one
};

/// One line for each field that is missing, such as
/// `#3 event 4f1e2d3c: no tag command.name`, with the number of the request; empty when nothing is.
/// Errors, messages, transactions, feedback, logs, metrics and spans are looked at; metrics name
/// their command themselves, sessions and check-ins have no room for more than a release.
/// Spec: S10.10.
std::vector<std::string> missing_fields(const Received& received,
                                        CommandItems command_items = CommandItems::by_data);

}  // namespace picket::ingest
