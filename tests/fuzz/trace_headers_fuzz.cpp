// Trace headers that are read are written so that they read back the same; whatever baggage comes,
// what is sent stays within its limits, in one line, and leaves members of others alone.

#include "fuzz.hpp"

#include "tracing/baggage.hpp"
#include "tracing/propagation.hpp"
#include "tracing/trace.hpp"
#include "tracing/trace_header.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using picket::fuzz::require;

namespace {

namespace tracing = picket::tracing;
using Members = std::vector<std::pair<std::string, std::string>>;

void check_ids(std::string_view text) {
  if (const auto header = tracing::parse_sentry_trace(text)) {
    require(tracing::parse_sentry_trace(tracing::to_sentry_trace(*header)) == header,
            "sentry-trace reads back the same");
  }
  if (const auto header = tracing::parse_traceparent(text)) {
    require(tracing::parse_traceparent(tracing::to_traceparent(*header)) == header,
            "traceparent reads back the same");
    require(header->sampled.has_value(), "traceparent always decides");
  }
  if (const auto rand = tracing::SampleRand::parse(text)) {
    require(rand->value() >= 0 && rand->value() < 1, "a sample_rand is in [0, 1)");
    require(tracing::SampleRand::parse(rand->to_string()) == rand, "and reads back the same");
  }
}

void check_limits(std::string_view header) {
  require(header.size() <= tracing::kMaxBaggageBytes, "a header has at most 8192 bytes");
  const auto commas = static_cast<std::size_t>(std::count(header.begin(), header.end(), ','));
  require(commas < tracing::kMaxBaggageMembers, "a header has at most 64 members");
  require(std::all_of(header.begin(), header.end(),
                      [](char c) { return (c < 0 || c >= ' ' || c == '\t') && c != '\x7F'; }),
          "a header is one line");
}

// Whether nothing has to be left out, said in another way than `to_baggage` does.
bool fits(const Members& members) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : members) {
    std::string encoded;
    tracing::append_encoded(encoded, value);
    const std::size_t size = std::string_view("sentry-=").size() + key.size() + encoded.size();
    if (size > tracing::kMaxBaggageMemberBytes) return false;
    bytes += size;
  }
  if (members.empty()) return true;
  return members.size() <= tracing::kMaxBaggageMembers &&
         bytes + members.size() - 1 <= tracing::kMaxBaggageBytes;
}

void check_baggage(std::string_view text) {
  const Members members = tracing::parse_sentry_members(text);
  const std::string header = tracing::to_baggage(members);
  check_limits(header);
  const Members again = tracing::parse_sentry_members(header);
  if (fits(members)) require(again == members, "members that fit read back the same");
  require(tracing::to_baggage(again) == header, "what was written is stable");

  const std::string foreign = tracing::foreign_members(text);
  require(tracing::foreign_members(foreign) == foreign, "members of others are stable");
  require(tracing::parse_sentry_members(foreign).empty(), "and none of them is Sentry's");
  const std::string kept = tracing::to_baggage({}, text);
  const std::string both = tracing::to_baggage(members, text);
  check_limits(both);
  require(both.starts_with(kept), "ours never make one of theirs leave");
  require(tracing::foreign_members(both) == kept, "and theirs stay as they stand");
}

// The first line is sentry-trace, the second traceparent, the others are baggage.
void check_trace(std::string_view text) {
  picket::IncomingTrace incoming;
  for (const std::string_view name : {"sentry-trace", "traceparent", "baggage", "baggage"}) {
    const std::size_t end = text.find('\n');
    incoming.add(name, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto trace = tracing::continue_trace(incoming, {.org_id = 1}, 0.5);
  if (!trace) return;
  require(trace->sample_rand.is_below(1), "its sample_rand is in [0, 1)");
  if (!trace->context) return;
  require(trace->context->members.empty() ||
              tracing::SampleRand::parse(trace->context->find("sample_rand")) == trace->sample_rand,
          "the next service compares with the same number");
  const auto headers = tracing::make_headers(
      {trace->trace_id, trace->span_id, trace->parent_sampled}, *trace->context, text, true);
  for (const auto& [name, value] : headers) check_limits(value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::as_text(data, size);
  check_ids(text);
  check_baggage(text);
  check_trace(text);
  return 0;
}
