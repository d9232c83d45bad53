#pragma once

// What an event is called on its page: the words of the payload, not yet fit for a terminal.

#include "ingest/findings.hpp"

#include <string>
#include <string_view>

namespace picket::ingest {

/// `Type: value`, or the one that there is.
std::string exception_title(const Node& exception);

/// The text of a message event, with its parameters filled in; empty if it has none.
std::string message_text(const Node& event);

/// Of an item of type event, transaction or feedback. Exceptions go before messages.
std::string title_of(std::string_view item_type, const Node& event);

}  // namespace picket::ingest
