// What a span says of itself, as the root in a trace context or as a child in the list `spans`,
// P4.2 to P4.5 and P4.13 to P4.16. Ids, times and the tree are the business of check_trace.cpp.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <set>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxLabel = 128;  // characters of an op or an origin

// P4.13; `unknown_error` is an old name of `unknown`.
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
                                              "unauthenticated"};

void check_op(const Node& op, Findings& findings) {
  if (op && !op.text()) return findings.warn(op, "is not a string, it will be dropped");
  if (utf8_length(op.text_or("")) > kMaxLabel) {
    findings.warn(op, fmt::format("is longer than {} characters, it will be cut", kMaxLabel));
  }
}

// P4.14
void check_origin(const Node& origin, Findings& findings) {
  if (origin && (!origin.text() || !is_origin(*origin.text()))) {
    findings.warn(origin, "is not manual or auto with up to three names after dots");
  }
}

// P4.15: what names people and secrets goes to the data, where it can be scrubbed.
void check_http_description(const Node& description, Findings& findings) {
  const std::string_view text = description.text_or("");
  if (text.find_first_of("?#") != std::string_view::npos) {
    findings.warn(description, "of an http.client span holds a query or a fragment");
  }
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return;
  const std::string_view host = text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
  const std::size_t at = host.rfind('@');
  if (at != std::string_view::npos && host.substr(0, at) != "[Filtered]:[Filtered]") {
    findings.warn(description, "of an http.client span holds credentials");
  }
}

void check_tags(const Node& tags, Findings& findings) {
  if (!tags) return;
  if (!tags.object()) return findings.warn(tags, "is not an object");
  for (const Member& tag : *tags.object()) {
    if (!tag.value.as_text()) findings.warn(tags[tag.key], "is not a string");
  }
}

bool is_scalar(const Value& value) { return !value.as_list() && !value.as_object(); }

void check_link(const Node& link, Findings& findings) {
  if (!link.object()) return findings.warn(link, "is not an object");
  check_id(link["trace_id"], 32, false, findings);
  check_id(link["span_id"], 16, false, findings);
  if (link["sampled"] && !link["sampled"].is_bool()) {
    findings.warn(link["sampled"], "is not a boolean");
  }
  const Node attributes = link["attributes"];
  if (attributes && !attributes.object()) findings.warn(attributes, "is not an object");
  if (!attributes.object()) return;
  for (const Member& one : *attributes.object()) {
    if (!is_scalar(one.value)) findings.warn(attributes[one.key], "is not a plain value");
  }
}

// P4.16
void check_links(const Node& links, Findings& findings) {
  if (!links) return;
  if (!links.list()) return findings.warn(links, "is not a list");
  if (links.list()->empty()) findings.warn(links, "is empty, leave it out");
  for (const Node& link : links.elements()) check_link(link, findings);
}

}  // namespace

void check_id(const Node& id, std::size_t digits, bool fatal, Findings& findings) {
  if (id.text() && is_hex_id(*id.text(), digits)) return;
  std::string text = id ? fmt::format("is not {} hex digits", digits) : "is missing";
  if (id.text() && id.text()->find_first_not_of('0') == std::string::npos) text = "is all zeros";
  fatal ? findings.reject(id, std::move(text)) : findings.warn(id, std::move(text));
}

void check_measurements(const Node& measurements, Findings& findings) {
  if (!measurements) return;
  if (!measurements.object()) return findings.warn(measurements, "is not an object");
  for (const Member& one : *measurements.object()) {
    const Node measurement = measurements[one.key];
    if (!measurement["value"].number()) {
      findings.warn(measurement["value"], "is not a number, the measurement will be dropped");
    }
    const Node unit = measurement["unit"];
    if (unit && !unit.text()) findings.warn(unit, "is not a string");
  }
}

void check_span_fields(const Node& span, Findings& findings) {
  check_op(span["op"], findings);
  const Node description = span["description"];
  if (description && !description.text()) findings.warn(description, "is not a string");
  if (span["op"].text_or("") == "http.client") check_http_description(description, findings);
  const Node status = span["status"];
  if (status && kStatuses.count(status.text_or("?")) == 0) {
    findings.warn(status, "is not a span status");
  }
  check_origin(span["origin"], findings);
  if (span["data"] && !span["data"].object()) findings.warn(span["data"], "is not an object");
  check_tags(span["tags"], findings);
  check_links(span["links"], findings);
  check_measurements(span["measurements"], findings);
  if (span["exclusive_time"]) findings.warn(span["exclusive_time"], "is not for clients to send");
}

}  // namespace picket::ingest
