// Feedback, sessions, check-ins and client reports, P5.4 to P5.9.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <set>

namespace picket::ingest {
namespace {

using Names = std::set<std::string_view>;

const Names kSessionStatuses = {"ok", "exited", "crashed", "abnormal", "unhandled"};
const Names kReasons = {"queue_overflow",     "buffer_overflow", "cache_overflow",
                        "ratelimit_backoff",  "network_error",   "send_error",
                        "internal_sdk_error", "sample_rate",     "backpressure",
                        "before_send",        "event_processor", "ignored",
                        "insufficient_data",  "invalid"};
const Names kCategories = {"default",
                           "error",
                           "transaction",
                           "span",
                           "log_item",
                           "log_byte",
                           "trace_metric",
                           "trace_metric_byte",
                           "attachment",
                           "attachment_item",
                           "session",
                           "monitor",
                           "feedback",
                           "user_report_v2",
                           "profile",
                           "profile_chunk",
                           "profile_chunk_ui",
                           "profile_duration",
                           "profile_duration_ui",
                           "replay",
                           "metric_bucket",
                           "internal",
                           "security"};

void require_rfc3339(const Node& time, Findings& findings) {
  if (!time.text() || !parse_rfc3339(*time.text())) {
    findings.reject(time, time ? "is not an RFC 3339 string" : "is missing");
  }
}

// P3.2-2: without a valid release the whole session is dropped.
void check_attributes(const Node& attrs, Findings& findings) {
  if (!attrs["release"].text() || !is_release(*attrs["release"].text())) {
    findings.reject(attrs["release"], attrs["release"] ? "is not a valid release" : "is missing");
  }
  const Node environment = attrs["environment"];
  if (environment && !is_environment(environment.text_or(""))) {
    findings.warn(environment, "is not a valid environment, it will be dropped");
  }
}

void check_count(const Node& count, Findings& findings) {
  if (count && count.integer().value_or(-1) < 0) findings.reject(count, "is not a count");
}

void check_schedule(const Node& schedule, Findings& findings) {
  const std::string_view type = schedule["type"].text_or("");
  if (type == "crontab") {
    if (!schedule["value"].text()) findings.reject(schedule["value"], "is not a crontab line");
  } else if (type == "interval") {
    const Names units = {"year", "month", "week", "day", "hour", "minute"};
    if (schedule["value"].integer().value_or(0) < 1) {
      findings.reject(schedule["value"], "is not a number from 1 on");
    }
    if (units.count(schedule["unit"].text_or("")) == 0) {
      findings.reject(schedule["unit"], "is not year, month, week, day, hour or minute");
    }
  } else {
    findings.reject(schedule["type"], "is neither crontab nor interval");
  }
}

void check_discarded(const Node& entry, Findings& findings) {
  if (!entry["reason"].text()) findings.reject(entry["reason"], "is missing");
  if (!entry["category"].text()) findings.reject(entry["category"], "is missing");
  if (entry["quantity"].integer().value_or(-1) < 0) {
    findings.reject(entry["quantity"], "is not a count");
  } else if (*entry["quantity"].integer() == 0) {
    findings.warn(entry["quantity"], "is zero, leave the entry out");
  }
  if (entry["reason"].text() && kReasons.count(*entry["reason"].text()) == 0) {
    findings.warn(entry["reason"], "is not a discard reason");
  }
  if (entry["category"].text() && kCategories.count(*entry["category"].text()) == 0) {
    findings.warn(entry["category"], "is not a data category");
  }
}

}  // namespace

void check_feedback(const Node& event, Findings& findings) {
  check_event(event, findings);
  const Node message = event["contexts"]["feedback"]["message"];
  if (!message.text() || message.text()->empty()) return findings.reject(message, "is missing");
  if (utf8_length(*message.text()) > 4096) {
    findings.warn(message, "is longer than 4096 characters");
  }
  const Node other = event["contexts"]["feedback"]["associated_event_id"];
  if (other && !is_uuid(other.text_or(""))) findings.warn(other, "is not an event id");
}

void check_session(const Node& session, Findings& findings) {
  require_rfc3339(session["started"], findings);
  if (session["timestamp"]) require_rfc3339(session["timestamp"], findings);
  const std::string_view status = session["status"].text_or("ok");
  if (kSessionStatuses.count(status) == 0) {
    findings.warn(session["status"], "is not a session status");
  }
  if (!session["sid"] && status != "exited") findings.reject(session["sid"], "is missing");
  if (session["sid"] && !is_uuid(session["sid"].text_or(""))) {
    findings.reject(session["sid"], "is not a UUID");
  }
  check_count(session["errors"], findings);
  if (status == "crashed" && session["errors"].number().value_or(0) < 1) {
    findings.warn(session["errors"], "is not at least 1 on a crashed session");
  }
  if (session["init"] && !session["init"].is_bool()) {
    findings.reject(session["init"], "is not a boolean");
  }
  if (session["duration"] && session["duration"].number().value_or(-1) < 0) {
    findings.warn(session["duration"], "is not a number of seconds");
  }
  check_attributes(session["attrs"], findings);
}

void check_session_aggregates(const Node& sessions, Findings& findings) {
  const Node buckets = sessions["aggregates"];
  if (!buckets.list()) return findings.reject(buckets, "is not a list");
  if (buckets.list()->size() > 100) findings.reject(buckets, "has more than 100 buckets");
  for (const Node& bucket : buckets.elements()) {
    require_rfc3339(bucket["started"], findings);
    for (const char* key : {"exited", "errored", "crashed", "abnormal", "unhandled"}) {
      check_count(bucket[key], findings);
    }
  }
  check_attributes(sessions["attrs"], findings);
}

void check_check_in(const Node& check_in, Findings& findings) {
  const Node id = check_in["check_in_id"];
  if (!id.text() || !is_uuid(*id.text())) findings.reject(id, "is not a UUID");
  const Node slug = check_in["monitor_slug"];
  if (!slug.text() || slug.text()->empty()) findings.reject(slug, "is missing");
  if (utf8_length(slug.text_or("")) > 50) findings.warn(slug, "is longer than 50 characters");
  const Names statuses = {"in_progress", "ok", "error"};
  if (statuses.count(check_in["status"].text_or("")) == 0) {
    findings.reject(check_in["status"], "is not in_progress, ok or error");
  }
  const Node duration = check_in["duration"];
  if (duration && duration.number().value_or(-1) < 0) {
    findings.reject(duration, "is not a number of seconds");
  }
  if (check_in["monitor_config"]) {
    check_schedule(check_in["monitor_config"]["schedule"], findings);
  }
}

void check_client_report(const Node& report, Findings& findings) {
  if (report["timestamp"]) check_timestamp(report["timestamp"], true, findings);
  const Node events = report["discarded_events"];
  if (!events.list()) return findings.reject(events, "is not a list");
  for (const Node& entry : events.elements()) check_discarded(entry, findings);
  for (const char* key : {"rate_limited_events", "filtered_events", "filtered_sampling_events"}) {
    if (report[key]) findings.warn(report[key], "belongs to the server");  // P5.9-8
  }
}

}  // namespace picket::ingest
