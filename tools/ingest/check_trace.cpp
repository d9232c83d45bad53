// Trace contexts, transactions and their spans, P4.1 to P4.3.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <set>

namespace picket::ingest {
namespace {

const std::set<std::string_view> kStatuses = {"ok",
                                              "cancelled",
                                              "unknown",
                                              "unknown_error",
                                              "invalid_argument",
                                              "deadline_exceeded",
                                              "not_found",
                                              "already_exists",
                                              "permission_denied",
                                              "resource_exhausted",
                                              "failed_precondition",
                                              "aborted",
                                              "out_of_range",
                                              "unimplemented",
                                              "internal_error",
                                              "unavailable",
                                              "data_loss",
                                              "unauthenticated",
                                              "error"};

// A missing or malformed id; fatal where the server drops the whole payload for it.
void check_id(const Node& id, std::size_t digits, bool fatal, Findings& findings) {
  if (id.text() && is_hex_id(*id.text(), digits)) return;
  std::string text = id ? "is not " + std::to_string(digits) + " hex digits" : "is missing";
  if (id.text() && id.text()->find_first_not_of('0') == std::string::npos) text = "is all zeros";
  fatal ? findings.reject(id, std::move(text)) : findings.warn(id, std::move(text));
}

void check_status(const Node& status, Findings& findings) {
  if (status && kStatuses.count(status.text_or("?")) == 0) {
    findings.warn(status, "is not a span status");
  }
}

void check_times(const Node& span, Findings& findings) {
  const auto start = check_timestamp(span["start_timestamp"], true, findings);
  const auto end = check_timestamp(span["timestamp"], true, findings);
  if (start && end && *start > *end) {
    findings.reject(span["start_timestamp"], "lies after the end");
  }
}

}  // namespace

void check_trace_context(const Node& trace, bool required, Findings& findings) {
  if (!trace) {
    // The genuine clients leave it out of some errors; the server accepts that (P3.20).
    return required ? findings.reject(trace, "is missing") : void();
  }
  check_id(trace["trace_id"], 32, required, findings);
  check_id(trace["span_id"], 16, required, findings);
  if (trace["parent_span_id"]) check_id(trace["parent_span_id"], 16, false, findings);
  check_status(trace["status"], findings);
  if (trace["data"] && !trace["data"].object()) findings.warn(trace["data"], "is not an object");
}

void check_span_v1(const Node& span, Findings& findings) {
  if (!span.object()) return findings.reject(span, "is not an object");
  check_id(span["trace_id"], 32, true, findings);
  check_id(span["span_id"], 16, true, findings);
  if (span["parent_span_id"]) check_id(span["parent_span_id"], 16, false, findings);
  check_times(span, findings);
  check_status(span["status"], findings);
  if (span["data"] && !span["data"].object()) findings.warn(span["data"], "is not an object");
}

void check_transaction(const Node& event, Findings& findings) {
  if (event["type"].text_or("") != "transaction") {
    findings.reject(event["type"], "is not `transaction`");
  }
  check_event(event, findings);  // covers the end time
  const auto start = check_timestamp(event["start_timestamp"], true, findings);
  const Node end = event["timestamp"];
  const auto stop = end.text() ? parse_rfc3339(*end.text()) : end.number();
  if (start && stop && *start > *stop) {
    findings.reject(event["start_timestamp"], "lies after the end");
  }
  const Node trace = event["contexts"]["trace"];
  check_trace_context(trace, true, findings);
  for (const char* key : {"exception", "debug_meta"}) {
    if (event[key]) findings.warn(event[key], "does not belong on a transaction");
  }
  const Node spans = event["spans"];
  if (spans && !spans.list()) return findings.reject(spans, "is not a list");
  for (const Node& span : spans.elements()) {
    check_span_v1(span, findings);
    if (span["trace_id"].text_or("") != trace["trace_id"].text_or("")) {
      findings.warn(span["trace_id"], "differs from the transaction's");
    }
  }
}

}  // namespace picket::ingest
