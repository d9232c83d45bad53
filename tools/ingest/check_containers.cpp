// Containers of logs, metrics and streamed spans, P2.7, P4.17, P5.1 to P5.3.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace picket::ingest {
namespace {

using Names = std::set<std::string_view>;

constexpr std::size_t kMaxSpans = 1000;

std::string_view content_type_of(std::string_view type) {
  if (type == "log") return "application/vnd.sentry.items.log+json";
  if (type == "trace_metric") return "application/vnd.sentry.items.trace-metric+json";
  return "application/vnd.sentry.items.span.v2+json";
}

void require_number(const Node& time, Findings& findings) {
  if (time.number().value_or(-1) < 0) {
    findings.reject(time, time ? "is not a number of seconds" : "is missing");
  }
}

void require_id(const Node& id, std::size_t digits, Findings& findings) {
  if (!id.text() || !is_hex_id(*id.text(), digits)) {
    findings.reject(id, id ? fmt::format("is not {} hex digits", digits) : "is missing");
  }
}

void require_text(const Node& text, Findings& findings) {
  if (!text.text()) findings.reject(text, text ? "is not a string" : "is missing");
}

void check_log(const Node& log, Findings& findings) {
  const Names levels = {"trace", "debug", "info", "warn", "error", "fatal"};
  require_number(log["timestamp"], findings);
  require_id(log["trace_id"], 32, findings);
  require_text(log["body"], findings);
  require_text(log["level"], findings);
  if (log["level"].text() && levels.count(*log["level"].text()) == 0) {
    findings.warn(log["level"], "is not trace, debug, info, warn, error or fatal");
  }
  const Node severity = log["severity_number"];
  if (severity && (severity.integer().value_or(0) < 1 || severity.integer().value_or(0) > 24)) {
    findings.warn(severity, "is not a number from 1 to 24");
  }
  check_typed_attributes(log["attributes"], findings);
}

// P5.3
bool is_metric_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

void check_metric_unit(const Node& metric, Findings& findings) {
  const Node unit = metric["unit"];
  if (!unit) return;
  if (!unit.text()) return findings.reject(unit, "is not a string");
  if (metric["type"].text_or("") == "counter") {
    findings.warn(unit, "does not belong on a counter");
  }
}

void check_metric(const Node& metric, Findings& findings) {
  const Names types = {"counter", "gauge", "distribution"};
  require_number(metric["timestamp"], findings);
  require_id(metric["trace_id"], 32, findings);
  require_text(metric["name"], findings);
  if (metric["name"].text() && metric["name"].text()->empty()) {
    findings.reject(metric["name"], "is empty");
  } else if (metric["name"].text() && !is_metric_name(*metric["name"].text())) {
    findings.warn(metric["name"], "holds more than letters, digits, dots, `_` and `-`");
  }
  if (types.count(metric["type"].text_or("")) == 0) {
    findings.reject(metric["type"], "is not counter, gauge or distribution");
  }
  if (!metric["value"].number()) findings.reject(metric["value"], "is not a number");
  check_metric_unit(metric, findings);
  check_typed_attributes(metric["attributes"], findings);
}

void check_span(const Node& span, Findings& findings) {
  require_id(span["trace_id"], 32, findings);
  require_id(span["span_id"], 16, findings);
  require_text(span["name"], findings);
  require_number(span["start_timestamp"], findings);
  require_number(span["end_timestamp"], findings);
  const std::string_view status = span["status"].text_or("");
  if (status != "ok" && status != "error") {
    findings.reject(span["status"], "is neither ok nor error");
  }
  if (!span["is_segment"].is_bool()) findings.reject(span["is_segment"], "is not a boolean");
  check_typed_attributes(span["attributes"], findings);
}

void check_record(std::string_view type, const Node& record, Findings& findings) {
  if (!record.object()) return findings.reject(record, "is not an object");
  if (record["span_id"]) require_id(record["span_id"], 16, findings);
  if (type == "log") check_log(record, findings);
  if (type == "trace_metric") check_metric(record, findings);
  if (type == "span") check_span(record, findings);
}

// P1.11: the server looks at the average size of the records.
void check_average(const EnvelopeItem& item, std::size_t count, const Limits& limits,
                   Findings& findings) {
  if (item.type() == "trace_metric" && count > 0 &&
      item.payload.size() / count > limits.metric_record) {
    findings.reject("items", fmt::format("has metrics over {} bytes", limits.metric_record), 413);
  }
  if (item.type() == "span" && count > kMaxSpans) {
    findings.reject("items", fmt::format("has more than {} spans", kMaxSpans), 413);
  }
}

void check_container_headers(const EnvelopeItem& item, std::size_t count, Findings& findings) {
  const Value all(item.headers);
  const Node headers(all, "header");
  if (headers["content_type"].text_or("") != content_type_of(item.type())) {
    findings.reject(headers["content_type"],
                    fmt::format("is not {}", content_type_of(item.type())));
  }
  const auto stated = headers["item_count"].integer();
  if (!stated) return findings.reject(headers["item_count"], "is missing");
  if (*stated != static_cast<double>(count)) {
    findings.reject(headers["item_count"],
                    fmt::format("is {}, but there are {} records", *stated, count));
  }
}

// P2.7 rule 1
void check_version(const Node& payload, Findings& findings) {
  const Node version = payload["version"];
  if (version && version.integer().value_or(0) < 1) {
    findings.reject(version, "is not a version number");
  }
  if (payload["ingest_settings"] && version.integer().value_or(1) < 2) {
    findings.warn(payload["ingest_settings"], "has no effect below version 2");
  }
}

}  // namespace

void check_container(const EnvelopeItem& item, const Node& payload, const Limits& limits,
                     Findings& findings) {
  const bool has_content_type = item.headers.contains("content_type");
  if (item.type() == "span" && (!has_content_type || !payload["items"])) {
    return check_span_v1(payload, findings);  // the old form: one span, no container
  }
  const Node items = payload["items"];
  if (!items.list()) return findings.reject(items, "is not a list");
  check_version(payload, findings);
  check_container_headers(item, items.list()->size(), findings);
  check_average(item, items.list()->size(), limits, findings);
  for (const Node& record : items.elements()) check_record(item.type(), record, findings);
}

}  // namespace picket::ingest
