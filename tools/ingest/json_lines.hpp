#pragma once

// What arrived, for programs: one JSON document per envelope, on one line.

#include "ingest/received.hpp"

#include <string>

namespace picket::ingest {

/// The envelope with its items, findings and the response, without a line break. JSON payloads
/// stand under `payload`, others as Base64 under `base64`.
std::string to_json_line(const ReceivedEnvelope& envelope);

}  // namespace picket::ingest
