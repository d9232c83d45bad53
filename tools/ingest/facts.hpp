#pragma once

// What widgets and figures ask of one event or transaction. Only what was received counts: a tag
// that the client forgot is missing here too.

#include "ingest/findings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace picket::ingest {

/// How a run of a command ended. A user's mistake is neither of the other two (S10.5).
enum class Outcome { ok, failed, user_error };

/// The tag, from an object or from a list of pairs; empty if there is none.
std::string tag_of(const Node& event, std::string_view key);

/// Of level error or fatal; an event without a level is an error.
bool is_error(const Node& event);

/// The class name of the captured exception, the last one of its chain; empty for messages.
std::string error_type(const Node& event);

/// What groups errors: the fingerprint if the host gave one, else the type of the exception, else
/// the template of the message. `{{ default }}` within a fingerprint stands for the latter two.
/// Values of exceptions do not group: they hold ids and times.
std::string error_group(const Node& event);

/// As text; empty if there is none. Ids that came as numbers count too.
std::string user_id_of(const Node& event);

/// From the tags of `track_command_end`, else from the status.
/// Spec: S6.10.
Outcome outcome_of(const Node& transaction);

/// By the attribute or tag `outcome`, else by `success`.
Outcome outcome_from(std::string_view outcome, std::string_view success);

/// Between start and end; nothing when one of them is missing.
std::optional<double> milliseconds_of(const Node& span);

}  // namespace picket::ingest
