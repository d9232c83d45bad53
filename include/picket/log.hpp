#pragma once

// The bridge from the host's log to picket: records become breadcrumbs, serious ones events.
// `Options::logs` says from which level, and which loggers are left out. Any logging library
// reaches it through a sink of a few lines; for one in the manner of spdlog:
//
//   class PicketSink : public sinks::base_sink<std::mutex> {
//     void sink_it_(const log_msg& record) override {
//       picket::log_record(level_of(record.level), text_of(record.logger_name),
//                          text_of(record.payload));
//     }
//     void flush_() override {}
//   };
//
// It is safe to log from wherever picket calls the host: what a hook, `Options::logger` or a sink
// that is already at work here logs is passed over, so nothing comes round in a circle.

#include "picket/export.hpp"
#include "picket/is_on.hpp"
#include "picket/level.hpp"
#include "picket/source_location.hpp"
#include "picket/value.hpp"

#include <string_view>

namespace picket {

/// One record of the host's log. From `LogOptions::events_from` up it becomes an event: a message
/// with `logger` set, and `attributes` in the context `extra`. From `breadcrumbs_from` up it
/// becomes a breadcrumb with the logger as its category, which later events carry. Errors:   none
/// are thrown; while off nothing happens. Threads:  any. Lifetime: borrowed until the call returns.
/// Spec:     T19.
inline void log_record(Level level, std::string_view logger, std::string_view message,
                       Attributes attributes = {},
                       SourceLocation location = SourceLocation::current()) noexcept;

/// The same while picket is on.
namespace live {
PICKET_EXPORT void log_record(Level level, std::string_view logger, std::string_view message,
                              const Attributes& attributes,
                              const SourceLocation& location) noexcept;
}  // namespace live

inline void log_record(Level level, std::string_view logger, std::string_view message,
                       Attributes attributes, SourceLocation location) noexcept {
  if (detail::is_on()) live::log_record(level, logger, message, attributes, location);
}

}  // namespace picket
