#pragma once

// The transcript: what arrived, for people. One block per envelope, one part per item; error
// events get the layout of an issue page: title, chain of exceptions, frames newest first.

#include "ingest/plain_text.hpp"
#include "ingest/received.hpp"

#include <string>

namespace picket::ingest {

/// Plain text that ends with a line break; control characters of the payload are escaped.
std::string transcript(const ReceivedEnvelope& envelope);

/// The part of one event, transaction or feedback item; see transcript_event.cpp.
std::string transcript_event(const ReceivedItem& item);

}  // namespace picket::ingest
