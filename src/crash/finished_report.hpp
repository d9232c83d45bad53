#pragma once

// What a signal handler wrote is an event, but a bare one: addresses without names, types as the
// compiler spells them, and secrets. The process that picks it up has the time and the memory that
// the handler had not. It reads the names from the files of the images that the report lists,
// wherever they were loaded then, as long as those files are still the same builds: after an update
// of the program the server has to find them.

#include "base/deadline.hpp"
#include "client/config.hpp"
#include "stacktrace/demangle.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace picket::crash {

/// A type as a story tells it (`once.hpp`), demangled where nobody could do that in time. Others
/// have no module.
stacktrace::TypeName type_as_told(std::string_view told);

/// The report as it may be sent: with names, demangled, with the secrets in it masked. What cannot
/// be named until `deadline` stays as it was. Nothing when it makes no sense.
/// Threads: the worker.
std::optional<std::string> finished_report(const client::Config& config, const std::string& event,
                                           base::Deadline deadline);

}  // namespace picket::crash
