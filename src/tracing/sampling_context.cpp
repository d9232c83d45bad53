#include "tracing/sampling_context.hpp"

#include "json/number.hpp"
#include "json/writer.hpp"

#include <cmath>

namespace picket::tracing {
namespace {

std::string number_text(double number) {
  std::string text;
  json::append_number(text, number);  // `1e-05`, never `.5`: a JSON number. Spec: P4.8
  return text;
}

}  // namespace

std::string_view DynamicSamplingContext::find(std::string_view key) const noexcept {
  for (const auto& [name, value] : members) {
    if (name == key) return value;
  }
  return {};
}

std::string DynamicSamplingContext::to_json() const {
  std::string out;
  if (members.empty()) return out;
  json::Writer writer(out);
  writer.begin_object();
  for (const auto& [key, value] : members) {
    writer.key(key);
    writer.text(value);
  }
  writer.end_object();
  return out;
}

// The order is that of importance: what does not fit into a header is left out from the end, see
// `to_baggage`. Without its `org_id` the next service might refuse the trace.
DynamicSamplingContext describe(const Identity& identity, const TraceFacts& facts) {
  DynamicSamplingContext context;
  context.members.reserve(9);
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) context.members.emplace_back(key, value);
  };
  add("trace_id", base::to_hex(facts.trace_id));
  add("public_key", identity.public_key);
  if (facts.sample_rate && std::isfinite(*facts.sample_rate)) {
    add("sample_rate", number_text(*facts.sample_rate));
  }
  if (facts.sample_rand) add("sample_rand", facts.sample_rand->to_string());
  if (facts.sampled) add("sampled", *facts.sampled ? "true" : "false");
  if (identity.org_id) add("org_id", std::to_string(*identity.org_id));
  add("release", identity.release);
  add("environment", identity.environment);
  if (facts.source != TransactionSource::url) add("transaction", facts.transaction);
  return context;
}

}  // namespace picket::tracing
