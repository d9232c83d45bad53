#include "ingest/chaos.hpp"

#include <fmt/format.h>

#include <charconv>

namespace picket::ingest {
namespace {

// Two draws that have nothing in common, for neighbouring numbers and seeds as well: SplitMix64.
std::uint64_t draw(std::uint64_t seed, std::uint64_t number, std::uint64_t purpose) noexcept {
  std::uint64_t bits = 0;
  for (const std::uint64_t part : {seed, number, purpose}) {
    bits = (bits + part + 1) * 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    bits ^= bits >> 31U;
  }
  return bits;
}

double as_fraction(std::uint64_t bits) noexcept {
  return static_cast<double>(bits >> 11U) / static_cast<double>(std::uint64_t{1} << 53U);
}

// Of the faults that act on a request, or on a connection, one or none.
std::optional<Fault> pick(const Chaos& chaos, std::uint64_t number, bool of_connection) {
  if (number > chaos.requests || chaos.faults.empty()) return std::nullopt;
  const std::uint64_t stream = of_connection ? 2 : 0;
  if (as_fraction(draw(chaos.seed, number, stream)) >= chaos.rate) return std::nullopt;
  // From all of them, so that a connection's fault is as likely as any other.
  std::vector<const Fault*> fitting;
  for (const Fault& fault : chaos.faults) {
    if (fault.is_of_connection() == of_connection) fitting.push_back(&fault);
  }
  const std::size_t among = of_connection ? chaos.faults.size() : fitting.size();
  if (among == 0) return std::nullopt;
  const std::size_t index = draw(chaos.seed, number, stream + 1) % among;
  if (index >= fitting.size()) return std::nullopt;
  return *fitting[index];
}

template <class T>
bool read(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::vector<Fault> usual_faults() {
  std::vector<Fault> faults;
  for (const char* text : {
           "*:500",
           "*:502",
           "*:503",
           "*:504",
           "*:408",
           "*:503,Retry-After=1",
           // Limits: fractions round up, a time that is over limits nothing, odd groups do not
           // count.
           "*:429,Retry-After=1",
           "*:429,Retry-After=0.2",
           "*:429,Retry-After=0",
           "*:429,Retry-After=Thu, 01 Jan 1970 00:00:00 GMT",
           "*:429,X-Sentry-Rate-Limits=0.3:error:key",
           "*:429,X-Sentry-Rate-Limits=1::organization",
           "*:429,Retry-After=60,X-Sentry-Rate-Limits=0.5:transaction;span:project:quota_exceeded",
           "*:429,X-Sentry-Rate-Limits=x:error:key, -1::key,, 0.1:log_item;unknown:key",
           "*:200,X-Sentry-Rate-Limits=0.7:error;default;security:organization",
           "*:200,X-Sentry-Rate-Limits=1:attachment:key, 1:session:key",
           // Answers that do not come.
           "*:hang,limit=300ms",
           "*:hang,limit=300ms,processed",
           "*:reset",
           "*:reset,processed",
           "*:close",
           "*:close,processed",
           "*:stall,limit=200ms",
           "*:stall,limit=200ms,processed",
           // Answers that are spoilt; where a client may have read the status, it holds.
           "*:partial,processed",
           "*:garbage",
           "*:garbage,processed",
           "*:drip,every=2ms",
           "*:drip,every=5ms,limit=200ms",
           "*:huge,size=2000000,limit=300ms",
           "*:huge-head,size=300000,limit=300ms",
           // Answers that are late.
           "*:ok,delay=50ms",
           "*:503,delay=200ms",
           "*:stall,limit=100ms,resume",
           "*:drop",
           "*:tls",
       }) {
    faults.push_back(Fault::parse(text).value());
  }
  return faults;
}

Result<Chaos> Chaos::parse(std::string_view text) {
  Chaos chaos;
  const std::size_t colon = text.find(':');
  const bool has_rate = colon != std::string_view::npos;
  if (!read(text.substr(0, colon), chaos.seed) ||
      (has_rate && !read(text.substr(colon + 1), chaos.rate)) ||
      !(chaos.rate >= 0 && chaos.rate <= 1)) {
    return Error{Errc::invalid_argument,
                 fmt::format("chaos `{}` does not fit, write SEED or SEED:RATE, for example 7:0.5, "
                             "with a rate from 0 to 1",
                             text)};
  }
  return chaos;
}

std::optional<Fault> Chaos::for_request(std::uint64_t number) const {
  return pick(*this, number, false);
}

std::optional<Fault> Chaos::for_connection(std::uint64_t number) const {
  return pick(*this, number, true);
}

}  // namespace picket::ingest
