// Trace headers that are read are written so that they read back the same; whatever baggage comes,
// what is sent stays within its limits, in one line, and leaves members of others alone.

#include "fuzz.hpp"

#include "base/text.hpp"
#include "tracing/baggage.hpp"
#include "tracing/propagation.hpp"
#include "tracing/trace.hpp"
#include "tracing/trace_header.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

using picket::fuzz::require;

namespace {

namespace tracing = picket::tracing;
using Members = std::vector<std::pair<std::string, std::string>>;

void check_ids(std::string_view text) {
  if (const auto header = tracing::parse_sentry_trace(text)) {
    const std::string written = tracing::to_sentry_trace(*header);
    require(tracing::parse_sentry_trace(written) == header, "sentry-trace reads back the same");
    const std::string read = picket::base::to_lower(picket::base::trim(text));
    require(read.starts_with(written), "what is read stands there");
    require(header->sampled.has_value() == (read.ends_with("-0") || read.ends_with("-1")),
            "it decides when it says so");
  }
  if (const auto header = tracing::parse_traceparent(text)) {
    const std::string written = tracing::to_traceparent(*header);
    require(tracing::parse_traceparent(written) == header, "traceparent reads back the same");
    constexpr std::size_t kVersion = 3, kFlags = 3;
    const std::string_view ids(written.data() + kVersion, written.size() - kVersion - kFlags);
    require(picket::base::trim(text).substr(kVersion).starts_with(ids), "its ids stand there");
    require(header->sampled.has_value(), "traceparent always decides");
  }
  if (const auto rand = tracing::SampleRand::parse(text)) {
    require(rand->value() >= 0 && rand->value() < 1, "a sample_rand is in [0, 1)");
    require(tracing::SampleRand::parse(rand->to_string()) == rand, "and reads back the same");
  }
}

/// Headers whose ids are the bytes of the input: none of them may be refused.
void check_made(std::string_view bytes) {
  tracing::TraceHeader made;
  if (bytes.size() < made.trace_id.size() + made.span_id.size() + 1) return;
  std::memcpy(made.trace_id.data(), bytes.data(), made.trace_id.size());
  std::memcpy(made.span_id.data(), bytes.data() + made.trace_id.size(), made.span_id.size());
  const bool is_valid = made.trace_id != tracing::TraceHeader{}.trace_id &&
                        made.span_id != tracing::TraceHeader{}.span_id;
  made.sampled = bytes.back() % 2 != 0;
  const auto traceparent = tracing::parse_traceparent(tracing::to_traceparent(made));
  require(traceparent.has_value() == is_valid, "any ids but zeros can be read");
  require(!is_valid || *traceparent == made, "from a traceparent");
  if (bytes.back() % 3 == 0) made.sampled.reset();
  const auto sentry_trace = tracing::parse_sentry_trace(tracing::to_sentry_trace(made));
  require(sentry_trace.has_value() == is_valid, "any ids but zeros can be read");
  require(!is_valid || *sentry_trace == made, "from a sentry-trace");
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
  check_made(text);
  check_baggage(text);
  check_trace(text);
  return 0;
}
