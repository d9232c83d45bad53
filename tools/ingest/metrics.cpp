#include "ingest/metrics.hpp"

#include "ingest/findings.hpp"
#include "picket/json.hpp"

namespace picket::ingest {
namespace {

Object bare_values(const Node& attributes) {
  std::vector<Member> members;
  if (attributes.object() == nullptr) return {};
  for (const Member& member : *attributes.object()) {
    members.push_back({member.key, member.value.at("value")});
  }
  return Object::from_members(std::move(members));
}

MetricRecord read_metric(const Node& record) {
  return {.type = std::string(record["type"].text_or("")),
          .name = std::string(record["name"].text_or("")),
          .value = record["value"].number().value_or(0),
          .unit = std::string(record["unit"].text_or("")),
          .timestamp = record["timestamp"].number().value_or(0),
          .trace_id = std::string(record["trace_id"].text_or("")),
          .span_id = std::string(record["span_id"].text_or("")),
          .attributes = bare_values(record["attributes"])};
}

}  // namespace

const Value& MetricRecord::attribute(std::string_view key) const {
  static const Value kNone;
  const Value* found = attributes.find(key);
  return found == nullptr ? kNone : *found;
}

std::string MetricRecord::text(std::string_view key) const {
  const Value& found = attribute(key);
  if (found.is_null()) return {};
  return found.as_text() != nullptr ? *found.as_text() : to_json(found);
}

bool MetricRecord::is(std::string_view short_name) const {
  const std::string_view all = name;
  if (!all.ends_with(short_name)) return false;
  return all.size() == short_name.size() || all[all.size() - short_name.size() - 1] == '.';
}

std::vector<MetricRecord> read_metrics(const Value& payload) {
  std::vector<MetricRecord> found;
  for (const Node& record : Node(payload)["items"].elements()) found.push_back(read_metric(record));
  return found;
}

}  // namespace picket::ingest
