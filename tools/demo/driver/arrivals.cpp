#include "driver/arrivals.hpp"

#include "driver/json_path.hpp"
#include "picket/json.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

const picket::List& list_at(const picket::Value& document, std::string_view path) {
  static const picket::List kNone;
  const auto* list = value_at(document, path).as_list();
  return list == nullptr ? kNone : *list;
}

void read_report(const picket::Value& report, Arrivals& arrivals) {
  for (const picket::Value& loss : list_at(report, "discarded_events")) {
    const std::string kind = text_at(loss, "category") + " " + text_at(loss, "reason");
    arrivals.discarded[kind] += static_cast<std::uint64_t>(value_at(loss, "quantity").number_or(0));
  }
}

void read_metrics(const picket::Value& container, Arrivals& arrivals) {
  for (const picket::Value& record : list_at(container, "items")) {
    ++arrivals.metrics[text_at(record, "name")];
  }
}

void read_item(const picket::Value& item, Arrivals& arrivals) {
  const std::string type = text_at(item, "type");
  if (item.at("duplicate").as_bool() != nullptr) {
    ++arrivals.duplicates;
  } else if (type == "event") {
    arrivals.events.push_back(value_at(item, "payload"));
  } else if (type == "transaction") {
    arrivals.transactions.push_back(value_at(item, "payload"));
  } else if (type == "client_report") {
    read_report(value_at(item, "payload"), arrivals);
  } else if (type == "trace_metric") {
    read_metrics(value_at(item, "payload"), arrivals);
  } else {
    arrivals.strange.push_back(type);
  }
}

void read_envelope(const picket::Value& envelope, Arrivals& arrivals) {
  ++arrivals.requests;
  for (const picket::Value& finding : list_at(envelope, "findings")) {
    arrivals.complaints.push_back(text_at(finding, "text"));
  }
  const std::string verdict = text_at(envelope, "verdict");
  if (verdict == "refused") ++arrivals.refused;
  if (verdict == "rejected") arrivals.complaints.push_back(text_at(envelope, "reason"));
  if (verdict != "accepted") return;
  for (const picket::Value& item : list_at(envelope, "items")) read_item(item, arrivals);
}

// What was captured before, or too often.
constexpr std::string_view kRepeats = "error event_processor";

bool is_error(const picket::Value& event) {
  const std::string level = text_at(event, "level");
  return level == "error" || level == "fatal" || level == "absent";
}

void add_count(std::vector<std::string>& parts, std::size_t count, const char* noun) {
  if (count > 0) parts.push_back(fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"));
}

}  // namespace

std::uint64_t Arrivals::discarded_of(const std::string& category) const {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : discarded) {
    if (kind.starts_with(category + " ")) sum += count;
  }
  return sum;
}

std::string summary_of(const Arrivals& arrivals) {
  std::size_t errors = 0;
  for (const picket::Value& event : arrivals.events) errors += is_error(event) ? 1 : 0;
  std::vector<std::string> parts;
  add_count(parts, errors, "error");
  add_count(parts, arrivals.events.size() - errors, "message");
  add_count(parts, arrivals.transactions.size(), "transaction");
  for (const auto& [kind, count] : arrivals.discarded) {
    if (kind == kRepeats) {
      add_count(parts, count, "repeat");
    } else {
      parts.push_back(fmt::format("dropped {} ({})", count, kind));
    }
  }
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

Arrivals read_arrivals(const std::vector<std::string>& documents) {
  Arrivals arrivals;
  for (const std::string& line : documents) {
    const auto envelope = picket::parse_json(line);
    if (!envelope) throw std::runtime_error("picket-ingest wrote: " + line.substr(0, 200));
    read_envelope(*envelope, arrivals);
  }
  return arrivals;
}

}  // namespace demo
