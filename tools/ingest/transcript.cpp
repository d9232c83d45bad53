#include "ingest/transcript.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxRecords = 20;  // of one container

std::string clock_time(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return fmt::format("{:%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     ms.count() % 1000);
}

std::string verdict_text(const ReceivedEnvelope& envelope) {
  const std::string status =
      envelope.status == 0 ? "no answer" : fmt::format("answered {}", envelope.status);
  switch (envelope.verdict) {
    case Verdict::accepted:
      return fmt::format("accepted, {}", status);
    case Verdict::rejected:
      return fmt::format("REJECTED, {}: {}", status, envelope.reason);
    case Verdict::refused:
      return fmt::format("refused, {}: {}", status, envelope.reason);
  }
  return {};
}

std::string size_text(const ReceivedEnvelope& envelope) {
  const std::string_view encoding = find_header(envelope.request_headers, "Content-Encoding");
  if (encoding.empty()) return fmt::format("{} bytes", envelope.wire_bytes);
  return fmt::format("{} bytes ({} as {})", envelope.raw.size(), envelope.wire_bytes,
                     one_line(encoding, 20));
}

std::string attributes_text(const Node& attributes) {
  std::string text;
  if (attributes.object() == nullptr) return text;
  for (const Member& member : *attributes.object()) {
    if (member.key.substr(0, 7) == "sentry.") continue;  // the same on every record
    text +=
        fmt::format("  {}={}", one_line(member.key, 40), value_line(member.value.at("value"), 60));
  }
  return text;
}

std::string record_line(std::string_view type, const Node& record) {
  if (type == "log") {
    return fmt::format("     {:<5} {}{}\n", one_line(record["level"].text_or("?"), 8),
                       one_line(record["body"].text_or("")), attributes_text(record["attributes"]));
  }
  if (type == "trace_metric") {
    const std::string unit = one_line(record["unit"].text_or(""), 20);
    return fmt::format("     {:<12} {} = {}{}{}\n", one_line(record["type"].text_or("?"), 12),
                       one_line(record["name"].text_or("?"), 80),
                       record["value"].number().value_or(0), unit.empty() ? unit : ' ' + unit,
                       attributes_text(record["attributes"]));
  }
  const double seconds =
      record["end_timestamp"].number().value_or(0) - record["start_timestamp"].number().value_or(0);
  return fmt::format(
      "     {:>10.3f} ms  {:<5} {}{}\n", seconds * 1000, one_line(record["status"].text_or("?"), 8),
      one_line(record["name"].text_or("?"), 80), attributes_text(record["attributes"]));
}

std::string container(const ReceivedItem& item) {
  const auto records = Node(item.payload)["items"].elements();
  std::string text = fmt::format("   {} x {}\n", item.type, records.size());
  for (std::size_t i = 0; i < records.size() && i < kMaxRecords; ++i) {
    text += record_line(item.type, records[i]);
  }
  if (records.size() > kMaxRecords) {
    text += fmt::format("     … and {} more\n", records.size() - kMaxRecords);
  }
  return text;
}

std::string session(const Node& session) {
  return fmt::format("   session {}  {}{}  errors {}  {}\n",
                     one_line(session["sid"].text_or("?"), 36),
                     one_line(session["status"].text_or("ok"), 20),
                     session["init"] ? " (first)" : "", session["errors"].number().value_or(0),
                     one_line(session["attrs"]["release"].text_or("?"), 80));
}

std::string check_in(const Node& check_in) {
  std::string text =
      fmt::format("   check-in {}  {}  {}", one_line(check_in["monitor_slug"].text_or("?"), 50),
                  one_line(check_in["status"].text_or("?"), 20),
                  one_line(check_in["check_in_id"].text_or("?"), 36));
  if (const auto seconds = check_in["duration"].number()) {
    text += fmt::format("  {:.3f} s", *seconds);
  }
  return text + "\n";
}

std::string client_report(const Node& report) {
  std::string text = "   client report\n";
  for (const Node& entry : report["discarded_events"].elements()) {
    text += fmt::format("     {:>6} x {:<12} {}\n", entry["quantity"].number().value_or(0),
                        one_line(entry["category"].text_or("?"), 40),
                        one_line(entry["reason"].text_or("?"), 40));
  }
  return text;
}

std::string attachment(const ReceivedItem& item) {
  const Value headers(item.headers);
  return fmt::format("   attachment {}  {} bytes  {}\n",
                     one_line(headers.at("filename").text_or("(no name)"), 80), item.bytes.size(),
                     one_line(headers.at("content_type").text_or(""), 60));
}

std::string item_text(const ReceivedItem& item) {
  const Node payload(item.payload);
  if (item.type == "event" || item.type == "transaction" || item.type == "feedback") {
    return transcript_event(item);
  }
  if (item.type == "log" || item.type == "trace_metric") return container(item);
  if (item.type == "span" && payload["items"]) return container(item);
  if (item.type == "session") return session(payload);
  if (item.type == "check_in") return check_in(payload);
  if (item.type == "client_report") return client_report(payload);
  if (item.type == "attachment") return attachment(item);
  return fmt::format("   {}  {} bytes\n", one_line(item.type, 40), item.bytes.size());
}

}  // namespace

std::string transcript(const ReceivedEnvelope& envelope) {
  std::string text =
      fmt::format("── #{}  {}  {}  {}  {}\n", envelope.number, clock_time(envelope.arrived),
                  envelope.endpoint, size_text(envelope), verdict_text(envelope));
  for (const Finding& finding : envelope.findings) {
    if (!finding.item) text += "   ! " + one_line(finding.to_string()) + "\n";
  }
  for (const ReceivedItem& item : envelope.items) {
    text += item_text(item);
    for (const std::string& complaint : item.complaints) {
      text += "   ! " + one_line(complaint) + "\n";
    }
  }
  return text + "\n";
}

}  // namespace picket::ingest
