#pragma once

// Decides what Sentry would do with an envelope. `validate` checks the envelope as a whole and
// hands each item to the check of its type; those live in the check_*.cpp files beside it.
// It never throws away anything: the caller decides what follows from the findings.

#include "ingest/findings.hpp"
#include "picket/envelope.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace picket::ingest {

/// Sizes beyond which an item is refused with 413.
/// Units: bytes after decompression.
/// Spec: P1.11.
struct Limits {
  std::size_t envelope = 200u << 20;
  std::size_t event = 1u << 20;  // event, transaction, feedback
  std::size_t attachment = 200u << 20;
  std::size_t check_in = 100u << 10;
  std::size_t client_report = 100u << 10;
  std::size_t session = 10u << 20;
  std::size_t container = 12u << 20;     // log, trace_metric, span
  std::size_t metric_record = 2u << 10;  // on average
  std::size_t profile = 50u << 20;
};

/// An item's payload as JSON; null for attachments and other raw bytes.
struct ParsedItem {
  Value payload{};
  bool is_json = false;
};

/// Whether items of that type carry JSON.
bool has_json_payload(std::string_view type);

/// Checks everything but authentication. `payloads` gets one entry per item.
/// `header_line` is the first line as received: it shows keys that occur twice.
/// Spec: P2.3 to P2.8, P3, P4.1 to P4.8, P4.13 to P4.17, P5.
void validate(const Envelope& envelope, std::string_view header_line, const Limits& limits,
              Findings& findings, std::vector<ParsedItem>& payloads);

/// The parts of the above, one per kind of payload.
void check_event(const Node& event, Findings& findings);                  // check_event.cpp
void check_typed_attributes(const Node& attributes, Findings& findings);  // its own file
void check_exceptions(const Node& event, Findings& findings);             // check_stack.cpp
void check_threads(const Node& event, Findings& findings);                // check_stack.cpp
void check_debug_meta(const Node& event, Findings& findings);             // check_stack.cpp
void check_trace_context(const Node& trace, bool required, Findings& findings);
void check_transaction(const Node& event, Findings& findings);  // check_trace.cpp
void check_span_v1(const Node& span, Findings& findings);       // check_trace.cpp
void check_span_fields(const Node& span, Findings& findings);   // check_span.cpp
void check_measurements(const Node& measurements, Findings& findings);
void check_trace_header(const Node& trace, const Envelope& envelope,
                        Findings& findings);                 // check_dsc.cpp
void check_feedback(const Node& event, Findings& findings);  // check_signals.cpp
void check_session(const Node& session, Findings& findings);
void check_session_aggregates(const Node& sessions, Findings& findings);
void check_check_in(const Node& check_in, Findings& findings);
void check_client_report(const Node& report, Findings& findings);
void check_container(const EnvelopeItem& item, const Node& payload, const Limits& limits,
                     Findings& findings);  // check_containers.cpp

/// Whether the payload of item number `item` belongs to the trace in the envelope header, and
/// whether a transaction that starts a trace has that header at all.
/// Spec: P4.8.
void check_against_trace_header(const Node& trace, std::size_t item, std::string_view type,
                                const Node& payload, Findings& findings);  // check_dsc.cpp

/// A missing or malformed id; fatal where the server drops the whole payload for it.
void check_id(const Node& id, std::size_t digits, bool fatal, Findings& findings);

/// A number of seconds or RFC 3339 text, not before 1970; nothing if it is absent or wrong.
/// A negative time is fatal (P0.2), a malformed one is what `fatal_if_malformed` says.
std::optional<double> check_timestamp(const Node& node, bool fatal_if_malformed,
                                      Findings& findings);

}  // namespace picket::ingest
