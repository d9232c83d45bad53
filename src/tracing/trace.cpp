#include "tracing/trace.hpp"

#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "tracing/baggage.hpp"
#include "tracing/trace_header.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace picket::tracing {
namespace {

// Which trace it is, whichever header says so. Headers come from outside, so nothing of them is
// told but which one it is, and never as a warning.
std::optional<TraceHeader> read_header(const IncomingTrace& incoming) {
  const bool is_ours = !incoming.sentry_trace().empty();
  if (!is_ours && incoming.traceparent().empty()) {
    diag::debug("an incoming request says nothing of a trace: a new one starts");
    return std::nullopt;
  }
  const auto header = is_ours ? parse_sentry_trace(incoming.sentry_trace())
                              : parse_traceparent(incoming.traceparent());
  if (!header) {
    diag::info("an incoming {} header is malformed: a new trace starts",
               is_ours ? "sentry-trace" : "traceparent");
  }
  return header;
}

/// Spec: P4.12.
bool may_continue(std::string_view theirs, const ContinuationRules& rules) {
  if (!rules.org_id || theirs.empty()) {
    const bool neither = !rules.org_id && theirs.empty();
    if (neither || !rules.strict) return true;
    diag::info("an incoming trace is not continued: only one side tells its organisation");
    return false;
  }
  if (theirs == std::to_string(*rules.org_id)) return true;
  diag::info("an incoming trace is not continued: it is of another organisation");
  return false;
}

std::optional<double> rate_in(const DynamicSamplingContext& context) {
  const auto rate = base::parse_double(context.find("sample_rate"));
  if (!rate || !(*rate >= 0 && *rate <= 1)) return std::nullopt;
  return rate;
}

void set(DynamicSamplingContext& context, std::string_view key, std::string value) {
  const auto found = std::find_if(context.members.begin(), context.members.end(),
                                  [&](const auto& member) { return member.first == key; });
  if (found == context.members.end()) {
    context.members.emplace_back(key, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

// A context without a usable `sample_rand` gets the one that is made here, so that all services
// behind this one compare with the same number; one without members stays so. Whoever sent nothing
// but `traceparent` knows no Sentry: there the context is ours to fill. Spec: P4.7, P4.8
void adopt(Trace& trace, DynamicSamplingContext context, bool is_foreign, double draw) {
  trace.parent_sample_rate = rate_in(context);
  if (const auto came = SampleRand::parse(context.find("sample_rand"))) {
    trace.sample_rand = *came;
  } else {
    trace.sample_rand = SampleRand::fitting(trace.parent_sampled, trace.parent_sample_rate, draw);
    if (!context.members.empty()) set(context, "sample_rand", trace.sample_rand.to_string());
  }
  if (is_foreign && context.members.empty()) return;
  trace.context = std::make_shared<const DynamicSamplingContext>(std::move(context));
}

}  // namespace

Trace new_trace(double draw) noexcept {
  Trace trace;
  trace.trace_id = base::new_trace_id();
  trace.span_id = base::new_span_id();
  trace.sample_rand = SampleRand::from(draw);
  return trace;
}

std::optional<Trace> continue_trace(const IncomingTrace& incoming, const ContinuationRules& rules,
                                    double draw) {
  const auto header = read_header(incoming);
  if (!header) return std::nullopt;
  DynamicSamplingContext context{parse_sentry_members(incoming.baggage())};
  if (!may_continue(context.find("org_id"), rules)) return std::nullopt;
  Trace trace;
  trace.trace_id = header->trace_id;
  trace.span_id = base::new_span_id();
  trace.is_continued = true;
  trace.parent_span_id = header->span_id;
  trace.parent_sampled = header->sampled;
  adopt(trace, std::move(context), incoming.sentry_trace().empty(), draw);
  return trace;
}

}  // namespace picket::tracing
