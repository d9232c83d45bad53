// The envelope header `trace`, the dynamic sampling context, P4.8. The server reads it as a whole:
// one malformed member and it does as if the header were not there. Errors and transactions get
// along without it, streamed spans do not.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <cstdlib>
#include <string>

namespace picket::ingest {
namespace {

constexpr const char* kIgnored = ", the server ignores the whole header";

bool has_streamed_spans(const Envelope& envelope) {
  const EnvelopeItem* spans = envelope.find("span");
  return spans != nullptr && spans->headers.contains("content_type");
}

// A mistake for which the server does without the header.
void lose_header(const Node& node, std::string text, bool fatal, Findings& findings) {
  text += kIgnored;
  fatal ? findings.reject(node, std::move(text)) : findings.warn(node, std::move(text));
}

// Numbers are read as well: some clients send them, and the other rules hold for them too.
std::optional<double> number_of(const Node& node) {
  if (node.number()) return node.number();
  if (!node.text() || !is_json_number(*node.text())) return std::nullopt;
  return std::strtod(node.text()->c_str(), nullptr);
}

void check_rate(const Node& rate, bool fatal, Findings& findings) {
  if (rate.text() && !is_json_number(*rate.text())) {
    return lose_header(rate, "is not the text of a JSON number", fatal, findings);
  }
  const double value = number_of(rate).value_or(0);
  if (value < 0) return lose_header(rate, "is negative", fatal, findings);
  if (value > 1) findings.warn(rate, "is not a number from 0 to 1");
}

// P4.7: whoever continues the trace decides by these three, so they must not contradict.
void check_decision(const Node& trace, Findings& findings) {
  const Node rand = trace["sample_rand"], sampled = trace["sampled"];
  const double rate = number_of(trace["sample_rate"]).value_or(-1);
  const double drawn = number_of(rand).value_or(-1);
  const bool drawn_well = drawn >= 0 && drawn < 1;
  if (rand && !drawn_well) findings.warn(rand, "is not a number from 0 to below 1");
  if (!sampled.text()) return;
  const bool yes = *sampled.text() == "true";
  if (!yes && *sampled.text() != "false") {
    return findings.warn(sampled, "is neither `true` nor `false`");
  }
  if (rate >= 0 && drawn_well && (drawn < rate) != yes) {
    findings.warn(sampled, "contradicts sample_rand and sample_rate");
  }
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void check_rare_members(const Node& trace, Findings& findings) {
  const Node org = trace["org_id"], replay = trace["replay_id"];
  if (org && !is_number(org.text_or(""))) findings.warn(org, "is not a decimal number");
  if (replay && !is_hex_id(replay.text_or(""), 32)) findings.warn(replay, "is not 32 hex digits");
  for (const char* key : {"user_id", "user_segment"}) {
    if (trace[key]) findings.warn(trace[key], "is no longer to be sent");
  }
}

void check_span_trace(const Node& payload, std::string_view trace_id, Findings& findings) {
  for (const Node& span : payload["items"].elements()) {
    const Node id = span["trace_id"];
    if (!equal_ids(id.text_or(""), trace_id)) {
      findings.reject(id, "differs from the envelope's trace header");
    }
  }
}

// A trace that starts here has its own values in the header; one that is continued has those of
// its head, or none when the head sent none.
void check_head(const Node& trace, const Node& transaction, Findings& findings) {
  if (transaction["contexts"]["trace"]["parent_span_id"]) return;
  if (!trace) return findings.warn(trace, "is missing, a transaction needs it");
  if (trace["transaction"] && transaction["transaction_info"]["source"].text_or("") == "url") {
    findings.warn(trace["transaction"], "has a name of source `url`");
  }
}

}  // namespace

void check_trace_header(const Node& trace, const Envelope& envelope, Findings& findings) {
  const bool needed = has_streamed_spans(envelope);
  if (!trace) return needed ? findings.reject(trace, "is missing, spans need it") : void();
  if (envelope.find("log") || envelope.find("trace_metric")) {
    findings.warn(trace, "must not stand on logs or metrics");  // P2.3
  }
  if (!trace.object()) return lose_header(trace, "is not an object", needed, findings);
  for (const Member& member : *trace.object()) {
    if (!member.value.as_text()) {
      lose_header(trace[member.key], "is not a string", needed, findings);
    }
  }
  const Node id = trace["trace_id"], key = trace["public_key"];
  if (!id) lose_header(id, "is missing", needed, findings);
  if (id.text() && !is_hex_id(*id.text(), 32)) {
    lose_header(id, "is not 32 hex digits", needed, findings);
  }
  if (!key) lose_header(key, "is missing", needed, findings);
  check_rate(trace["sample_rate"], needed, findings);
  check_decision(trace, findings);
  check_rare_members(trace, findings);
}

void check_against_trace_header(const Node& trace, std::size_t item, std::string_view type,
                                const Node& payload, Findings& findings) {
  findings.enter(std::nullopt, "");
  if (type == "transaction") check_head(trace, payload, findings);
  findings.enter(item, type);
  const std::string_view trace_id = trace["trace_id"].text_or("");
  if (!is_hex_id(trace_id, 32)) return;  // said before
  if (type == "span") return check_span_trace(payload, trace_id, findings);
  const Node id = payload["contexts"]["trace"]["trace_id"];
  if (id && !equal_ids(id.text_or(""), trace_id)) {
    findings.warn(id, "differs from the envelope's trace header");
  }
}

}  // namespace picket::ingest
