// The payload of an event, P3; stack traces and debug images have check_stack.cpp.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <cmath>

namespace picket::ingest {
namespace {

void warn_if_long(const Node& text, std::size_t max, Findings& findings) {
  if (text.text() && utf8_length(*text.text()) > max) {
    findings.warn(text, fmt::format("is longer than {} characters, it will be cut", max));
  }
}

void check_level(const Node& level, Findings& findings) {
  if (level && (!level.text() || !is_event_level(*level.text()))) {
    findings.warn(level, "is not a level, it will be dropped");
  }
}

// P3.1: texts with a maximum; anything but text is dropped.
void check_texts(const Node& event, Findings& findings) {
  struct Row {
    const char* key;
    std::size_t max;
  };
  for (const Row& row :
       {Row{"logger", 64}, Row{"transaction", 200}, Row{"server_name", 256}, Row{"dist", 64}}) {
    const Node text = event[row.key];
    if (text && !text.text()) findings.warn(text, "is not a string, it will be dropped");
    warn_if_long(text, row.max, findings);
  }
}

void check_release_and_environment(const Node& event, Findings& findings) {
  const Node release = event["release"];
  if (release && (!release.text() || !is_release(*release.text()))) {
    findings.warn(release, "is not a valid release, it will be dropped");
  }
  const Node environment = event["environment"];
  if (environment && (!environment.text() || !is_environment(*environment.text()))) {
    findings.warn(environment, "is not a valid environment, it will be dropped");
  }
}

void check_tag(const Node& at, const Node& value, std::string_view key, Findings& findings) {
  if (!is_tag_key(key)) findings.warn(at, "is not a valid tag key, the tag will be dropped");
  if (!value) return;
  if (!value.text()) {
    if (value.object() || value.list()) findings.warn(at, "is not text, the tag will be dropped");
    return;  // numbers and booleans are written out by the server
  }
  if (value.text()->empty()) findings.warn(at, "is empty, the tag will be dropped");
  if (utf8_length(*value.text()) > 200) findings.warn(at, "is longer than 200 characters");
  if (value.text()->find('\n') != std::string::npos) findings.warn(at, "holds a line break");
}

void check_tags(const Node& tags, Findings& findings) {
  if (!tags) return;
  if (const Object* members = tags.object()) {
    for (const Member& tag : *members) check_tag(tags[tag.key], tags[tag.key], tag.key, findings);
  } else if (tags.list()) {
    for (const Node& pair : tags.elements()) {
      check_tag(pair, pair[1], pair[0].text_or(""), findings);
    }
  } else {
    findings.warn(tags, "is neither an object nor a list of pairs");
  }
}

void check_fingerprint(const Node& fingerprint, Findings& findings) {
  if (!fingerprint) return;
  if (!fingerprint.list()) return findings.warn(fingerprint, "is not a list");
  if (fingerprint.list()->empty()) findings.warn(fingerprint, "is empty, leave it out");
  for (const Node& part : fingerprint.elements()) {
    if (!part.text() && !part.number()) findings.warn(part, "is not a string");
  }
}

void check_message(const Node& message, Findings& findings) {
  if (!message || message.text()) return warn_if_long(message, 8192, findings);
  if (!message.object()) return findings.warn(message, "is neither text nor an object");
  if (!message["formatted"].text() && !message["message"].text()) {
    findings.warn(message, "has neither formatted nor message");
  }
  warn_if_long(message["formatted"], 8192, findings);
  warn_if_long(message["message"], 8192, findings);
}

void check_breadcrumb(const Node& crumb, Findings& findings) {
  if (!crumb.object()) return findings.warn(crumb, "is not an object");
  if (!crumb["timestamp"]) findings.warn(crumb["timestamp"], "is missing");
  const Node time = crumb["timestamp"];
  const bool valid =
      time.number() ? *time.number() >= 0 : time.text() && parse_rfc3339(*time.text());
  if (time && !valid) findings.warn(time, "is not a time, the breadcrumb will be dropped");
  check_level(crumb["level"], findings);
  for (const char* key : {"type", "category", "message"}) {
    if (crumb[key] && !crumb[key].text()) findings.warn(crumb[key], "is not a string");
  }
  warn_if_long(crumb["type"], 128, findings);
  warn_if_long(crumb["category"], 128, findings);
  warn_if_long(crumb["message"], 8192, findings);
  if (crumb["data"] && !crumb["data"].object()) findings.warn(crumb["data"], "is not an object");
}

void check_breadcrumbs(const Node& breadcrumbs, Findings& findings) {
  if (!breadcrumbs) return;
  const Node values = breadcrumbs.object() ? breadcrumbs["values"] : breadcrumbs;
  if (!values.list()) return findings.warn(values, "is not a list");
  for (const Node& crumb : values.elements()) check_breadcrumb(crumb, findings);
}

void check_user(const Node& user, Findings& findings) {
  if (!user) return;
  if (!user.object()) return findings.warn(user, "is not an object");
  for (const char* key : {"id", "username", "name"}) warn_if_long(user[key], 128, findings);
  for (const char* key : {"username", "email", "ip_address", "name"}) {
    if (user[key] && !user[key].text()) findings.warn(user[key], "is not a string");
  }
}

void check_contexts(const Node& contexts, Findings& findings) {
  if (!contexts) return;
  if (!contexts.object()) return findings.warn(contexts, "is not an object");
  for (const Member& context : *contexts.object()) {
    const Node node = contexts[context.key];
    if (node && !node.object()) findings.warn(node, "is not an object, it will be dropped");
  }
}

void check_sdk(const Node& sdk, Findings& findings) {
  if (!sdk) return;
  if (!sdk.object()) return findings.warn(sdk, "is not an object");
  for (const char* key : {"name", "version"}) {
    if (!sdk[key].text()) findings.warn(sdk[key], "is missing");
  }
  if (sdk["version"].text_or("").substr(0, 1) == "v") {
    findings.warn(sdk["version"], "starts with v");  // P3.21
  }
}

// P3.1, last row: keys that belong to the server.
void check_forbidden(const Node& event, Findings& findings) {
  for (const char* key : {"culprit", "site", "template", "received", "project", "key_id"}) {
    if (event[key]) findings.warn(event[key], "is not for clients to send");
  }
}

}  // namespace

std::optional<double> check_timestamp(const Node& node, bool fatal_if_malformed,
                                      Findings& findings) {
  const auto bad = [&](std::string text) {
    fatal_if_malformed ? findings.reject(node, std::move(text))
                       : findings.warn(node, std::move(text));
  };
  if (!node) return bad("is missing"), std::nullopt;
  const auto seconds = node.seconds();
  if (!seconds) return bad("is neither a number of seconds nor an RFC 3339 string"), std::nullopt;
  if (*seconds < 0) return findings.reject(node, "lies before 1970"), std::nullopt;
  return seconds;
}

void check_event(const Node& event, Findings& findings) {
  const bool transaction = event["type"].text_or("") == "transaction";
  if (event["type"] && !transaction) findings.warn(event["type"], "is not for clients to send");
  check_timestamp(event["timestamp"], transaction, findings);
  const Node platform = event["platform"];
  if (!platform) findings.warn(platform, "is missing");
  if (platform && !is_platform(platform.text_or(""))) {
    findings.warn(platform, "is unknown, it becomes `other`");
  }
  check_level(event["level"], findings);
  check_texts(event, findings);
  check_release_and_environment(event, findings);
  check_tags(event["tags"], findings);
  check_fingerprint(event["fingerprint"], findings);
  check_message(event["logentry"] ? event["logentry"] : event["message"], findings);
  if (event["extra"] && !event["extra"].object()) findings.warn(event["extra"], "is not an object");
  check_exceptions(event, findings);
  check_threads(event, findings);
  check_breadcrumbs(event["breadcrumbs"], findings);
  check_user(event["user"], findings);
  check_contexts(event["contexts"], findings);
  if (!transaction) check_trace_context(event["contexts"]["trace"], false, findings);
  check_debug_meta(event, findings);
  check_sdk(event["sdk"], findings);
  check_forbidden(event, findings);
}

}  // namespace picket::ingest
