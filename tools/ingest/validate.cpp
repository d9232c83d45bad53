#include "ingest/validate.hpp"

#include "ingest/formats.hpp"
#include "picket/event_id.hpp"
#include "picket/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace picket::ingest {
namespace {

using Names = std::set<std::string_view>;

const Names kEventTypes = {"event", "transaction", "feedback"};
const Names kContainerTypes = {"log", "trace_metric", "span"};
const Names kNeedEventId = {"event",       "transaction", "feedback",    "attachment",
                            "user_report", "profile",     "replay_event"};
const Names kOncePerEnvelope = {"event",        "transaction",     "feedback", "check_in",
                                "log",          "trace_metric",    "profile",  "profile_chunk",
                                "replay_event", "replay_recording"};
const Names kReserved = {"security", "unreal_report", "form_data"};
const Names kOtherKnown = {"attachment",   "session",       "sessions",         "client_report",
                           "profile",      "profile_chunk", "user_report",      "check_in",
                           "replay_event", "replay_video",  "replay_recording", "otel_log",
                           "otel_span",    "statsd"};
const Names kRelayInternal = {"routing_hint",    "rate_limited",     "metrics_extracted",
                              "spans_extracted", "sampled",          "fully_normalized",
                              "profile_type",    "source_quantities"};

// The keys at the top level of a JSON object, in order, repetitions included: the JSON reader
// keeps one of two equal keys, the server refuses a header with two `sent_at` (P2.3).
std::vector<std::string> top_level_keys(std::string_view line) {
  std::vector<std::string> keys;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '{' || line[i] == '[') ++depth;
    if (line[i] == '}' || line[i] == ']') --depth;
    if (line[i] != '"') continue;
    const std::size_t start = ++i;
    while (i < line.size() && line[i] != '"') i += line[i] == '\\' ? 2 : 1;
    const std::size_t after = line.find_first_not_of(" \t", i + 1);
    if (depth == 1 && after != std::string_view::npos && line[after] == ':') {
      keys.emplace_back(line.substr(start, i - start));
    }
  }
  return keys;
}

void check_duplicate_keys(std::string_view header_line, Findings& findings) {
  std::map<std::string, int> seen;
  for (const std::string& key : top_level_keys(header_line)) {
    if (++seen[key] != 2) continue;
    if (key == "sent_at") {
      findings.reject("header.sent_at", "occurs twice");  // P2.3
    } else {
      findings.warn("header." + key, "occurs twice");
    }
  }
}

void check_event_id_header(const Node& headers, const Envelope& envelope, Findings& findings) {
  const Node id = headers["event_id"];
  if (id) {
    if (!id.text() || !is_uuid(*id.text())) {
      findings.reject(id, "is not a UUID of 32 hex digits or in dashed form");
    } else if (is_nil_uuid(*id.text())) {
      findings.reject(id, "is all zeros");
    }
    return;
  }
  for (const EnvelopeItem& item : envelope.items) {
    if (kNeedEventId.count(item.type()) == 0) continue;
    findings.warn(
        id, fmt::format("is missing, an envelope with an item of type {} needs it", item.type()));
    return;
  }
}

void check_headers(const Envelope& envelope, std::string_view header_line, Findings& findings) {
  const Value all(envelope.headers);
  const Node headers(all, "header");
  check_duplicate_keys(header_line, findings);
  check_event_id_header(headers, envelope, findings);
  const Node sent_at = headers["sent_at"];
  if (sent_at && (!sent_at.text() || !parse_rfc3339(*sent_at.text()))) {
    findings.reject(sent_at, "is not an RFC 3339 string");
  }
  const Node sdk = headers["sdk"];
  if (sdk && !sdk.object()) findings.warn(sdk, "is not an object");
  for (const char* key : {"name", "version"}) {
    if (sdk.object() && !sdk[key].text()) findings.warn(sdk[key], "is missing");
  }
  check_trace_header(headers["trace"], envelope, findings);
}

std::size_t size_limit(std::string_view type, const Limits& limits) {
  if (kEventTypes.count(type)) return limits.event;
  if (kContainerTypes.count(type)) return limits.container;
  if (type == "check_in") return limits.check_in;
  if (type == "client_report") return limits.client_report;
  if (type == "session" || type == "sessions") return limits.session;
  if (type == "profile" || type == "profile_chunk") return limits.profile;
  return limits.attachment;
}

bool is_known(std::string_view type) {
  return kEventTypes.count(type) || kContainerTypes.count(type) || kOtherKnown.count(type);
}

// What holds for every item, whatever its payload.
void check_item(const EnvelopeItem& item, const Limits& limits, Findings& findings) {
  if (kReserved.count(item.type()))
    findings.reject("header.type", "is reserved for the server");
  else if (!is_known(item.type()))
    findings.warn("header.type", "is unknown, the server skips it");
  for (const Member& member : item.headers) {
    if (kRelayInternal.count(member.key)) {
      findings.warn("header." + member.key, "is internal to the server");
    }
  }
  const std::size_t limit = size_limit(item.type(), limits);
  if (item.payload.size() > limit) {
    findings.reject("", fmt::format("has {} bytes, the limit is {}", item.payload.size(), limit),
                    413);
  }
  if (item.type() == "client_report" && item.payload.size() > 4096) {
    findings.warn("", "is larger than the documented 4 KiB");
  }
}

void check_attachment(const EnvelopeItem& item, Findings& findings) {
  const Value all(item.headers);
  const Node name = Node(all, "header")["filename"];
  if (!name.text() || name.text()->empty()) {
    findings.warn(name, "is missing");
  } else if (name.text()->find('/') != std::string::npos) {
    findings.warn(name, "holds a directory");
  }
}

void check_payload(const EnvelopeItem& item, const Value& payload, const Limits& limits,
                   Findings& findings) {
  const Node node(payload);
  const std::string_view type = item.type();
  if (!node.object()) return findings.reject("", "the payload is not a JSON object");
  if (type == "event") check_event(node, findings);
  if (type == "transaction") check_transaction(node, findings);
  if (type == "feedback") check_feedback(node, findings);
  if (type == "session") check_session(node, findings);
  if (type == "sessions") check_session_aggregates(node, findings);
  if (type == "check_in") check_check_in(node, findings);
  if (type == "client_report") check_client_report(node, findings);
  if (kContainerTypes.count(type)) check_container(item, node, limits, findings);
}

// P2.6, P2.8: what may occur once, and what excludes each other.
void check_counts(const Envelope& envelope, Findings& findings) {
  std::map<std::string, int, std::less<>> counts;
  for (const EnvelopeItem& item : envelope.items) ++counts[std::string(item.type())];
  for (const auto& [type, count] : counts) {
    if (count > 1 && kOncePerEnvelope.count(type)) {
      findings.reject("", fmt::format("has {} items of type {}, one is allowed", count, type));
    }
  }
  if (counts.count("event") + counts.count("transaction") + counts.count("feedback") > 1) {
    findings.reject("", "an event, a transaction and a feedback exclude each other");
  }
  if (counts["session"] > 100) findings.reject("", "has more than 100 sessions", 413);
  if (counts["client_report"] > 100) findings.reject("", "has more than 100 reports", 413);
  if (counts["attachment"] > 30) findings.reject("", "has more than 30 attachments", 413);
}

void check_matching_id(const Envelope& envelope, const Value& payload, Findings& findings) {
  const Value* header = envelope.headers.find("event_id");
  const Node id = Node(payload)["event_id"];
  if (!id) return header ? void() : findings.warn(id, "is missing");
  if (!id.text() || !is_uuid(*id.text())) return findings.warn(id, "is not a UUID");
  const auto in_header = header ? EventId::parse(header->text_or("")) : std::nullopt;
  if (in_header && in_header != EventId::parse(*id.text())) {
    findings.warn(id, "differs from the envelope header, which wins");
  }
}

ParsedItem parse_payload(const EnvelopeItem& item, Findings& findings) {
  if (!has_json_payload(item.type())) return {};
  Result<Value> parsed = parse_json(item.payload);
  if (!parsed) {
    findings.reject("", "the payload is not JSON: " + parsed.error().message);
    return {};
  }
  return {std::move(*parsed), true};
}

}  // namespace

bool has_json_payload(std::string_view type) {
  return kEventTypes.count(type) || kContainerTypes.count(type) || type == "session" ||
         type == "sessions" || type == "check_in" || type == "client_report" ||
         type == "user_report" || type == "profile" || type == "profile_chunk";
}

void validate(const Envelope& envelope, std::string_view header_line, const Limits& limits,
              Findings& findings, std::vector<ParsedItem>& payloads) {
  const Value header(envelope.headers);
  const Node headers(header, "header");
  findings.enter(std::nullopt, "");
  check_headers(envelope, header_line, findings);
  check_counts(envelope, findings);
  for (std::size_t i = 0; i < envelope.items.size(); ++i) {
    const EnvelopeItem& item = envelope.items[i];
    findings.enter(i, item.type());
    check_item(item, limits, findings);
    if (item.type() == "attachment") check_attachment(item, findings);
    payloads.push_back(parse_payload(item, findings));
    if (!payloads.back().is_json) continue;
    if (kEventTypes.count(item.type())) {
      check_matching_id(envelope, payloads.back().payload, findings);
    }
    check_payload(item, payloads.back().payload, limits, findings);
    check_against_trace_header(headers["trace"], i, item.type(), Node(payloads.back().payload),
                               findings);
  }
  findings.enter(std::nullopt, "");
}

}  // namespace picket::ingest
