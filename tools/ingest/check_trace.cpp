// Trace contexts, transactions and the tree of their spans, P4.1 to P4.4.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxSpans = 1000;  // children of one transaction, P4.3
const std::set<std::string_view> kSources = {"custom", "url", "route", "view", "component", "task"};

// What is absent or malformed was found before.
void check_order(const Node& span, Findings& findings) {
  const Node start = span["start_timestamp"];
  const auto from = start.seconds(), to = span["timestamp"].seconds();
  if (from && to && *from > *to) findings.reject(start, "lies after the end");
}

// P4.4; `sanitized` and `unknown` are the server's.
void check_source(const Node& source, Findings& findings) {
  if (!source) return findings.warn(source, "is missing");
  if (kSources.count(source.text_or("")) == 0) {
    findings.warn(source, "is not custom, url, route, view, component or task");
  }
}

void check_name(const Node& name, Findings& findings) {
  if (!name || name.text_or("?").empty()) {
    findings.warn(name, "is missing, the transaction will be called `<unlabeled transaction>`");
  }
}

// What the transaction says besides times and ids.
void check_transaction_fields(const Node& event, Findings& findings) {
  check_name(event["transaction"], findings);
  check_source(event["transaction_info"]["source"], findings);
  check_measurements(event["measurements"], findings);
  for (const char* key : {"exception", "debug_meta"}) {
    if (event[key]) findings.warn(event[key], "does not belong on a transaction");
  }
}

std::string id_of(const Node& id) { return lower_id(id.text_or("")); }

void check_parent(const Node& span, const std::set<std::string>& ids, Findings& findings) {
  const Node parent = span["parent_span_id"];
  if (!parent) return findings.warn(parent, "is missing");
  if (id_of(parent) == id_of(span["span_id"]))
    return findings.warn(parent, "names the span itself");
  if (ids.count(id_of(parent)) == 0) findings.warn(parent, "names no span of the transaction");
}

// The children hang together: every id once, every parent known, all of one trace.
void check_tree(const Node& spans, const Node& trace, Findings& findings) {
  std::set<std::string> ids{id_of(trace["span_id"])};
  for (const Node& span : spans.elements()) {
    if (!ids.insert(id_of(span["span_id"])).second) findings.warn(span["span_id"], "occurs twice");
  }
  for (const Node& span : spans.elements()) {
    check_parent(span, ids, findings);
    if (id_of(span["trace_id"]) != id_of(trace["trace_id"])) {
      findings.warn(span["trace_id"], "differs from the transaction's");
    }
  }
}

void check_spans(const Node& spans, const Node& trace, Findings& findings) {
  if (!spans) return;
  if (!spans.list()) return findings.reject(spans, "is not a list");
  if (spans.list()->size() > kMaxSpans) {
    findings.warn(spans, fmt::format("holds more than {} spans", kMaxSpans));
  }
  for (const Node& span : spans.elements()) check_span_v1(span, findings);
  check_tree(spans, trace, findings);
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
  check_span_fields(trace, findings);
  for (const char* key : {"client_sample_rate", "sampled"}) {
    if (trace[key]) findings.warn(trace[key], "is not for clients to send");
  }
}

void check_span_v1(const Node& span, Findings& findings) {
  if (!span.object()) return findings.reject(span, "is not an object");
  check_id(span["trace_id"], 32, true, findings);
  check_id(span["span_id"], 16, true, findings);
  if (span["parent_span_id"]) check_id(span["parent_span_id"], 16, false, findings);
  check_timestamp(span["start_timestamp"], true, findings);
  check_timestamp(span["timestamp"], true, findings);
  check_order(span, findings);
  check_span_fields(span, findings);
  if (span["same_process_as_parent"]) {
    findings.warn(span["same_process_as_parent"], "is a relic, leave it out");
  }
}

void check_transaction(const Node& event, Findings& findings) {
  if (event["type"].text_or("") != "transaction") {
    findings.reject(event["type"], "is not `transaction`");
  }
  check_event(event, findings);  // covers the end time
  check_timestamp(event["start_timestamp"], true, findings);
  check_order(event, findings);
  const Node trace = event["contexts"]["trace"];
  check_trace_context(trace, true, findings);
  check_transaction_fields(event, findings);
  check_spans(event["spans"], trace, findings);
}

}  // namespace picket::ingest
