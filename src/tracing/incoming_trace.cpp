#include "base/text.hpp"
#include "picket/tracing.hpp"

namespace picket {

void IncomingTrace::add(std::string_view name, std::string_view value) noexcept {
  value = base::trim(value);
  if (value.empty()) return;
  if (base::equals_ignoring_case(name, "sentry-trace")) {
    if (sentry_trace_.empty()) sentry_trace_ = value;
  } else if (base::equals_ignoring_case(name, "traceparent")) {
    if (traceparent_.empty()) traceparent_ = value;
  } else if (base::equals_ignoring_case(name, "baggage")) {
    if (baggage_count_ < kMaxBaggageHeaders) baggage_[baggage_count_++] = value;
  }
}

std::string IncomingTrace::baggage() const {
  std::string all;
  for (std::size_t i = 0; i < baggage_count_; ++i) {
    if (i > 0) all += ',';
    all.append(baggage_[i]);
  }
  return all;
}

}  // namespace picket
