#pragma once

// What arrived, for programs: JSON documents, each on one line.

#include "ingest/received.hpp"
#include "ingest/trace.hpp"

#include <string>

namespace picket::ingest {

/// The envelope with its items, findings and the response, without a line break. JSON payloads
/// stand under `payload`, others as Base64 under `base64`.
std::string to_json_line(const ReceivedEnvelope& envelope);

/// The trace with its nodes in the order of the waterfall, without a line break. They are not
/// nested, each names its parent by `index`: a trace may be deeper than JSON readers like.
std::string to_json_line(const Trace& trace);

}  // namespace picket::ingest
