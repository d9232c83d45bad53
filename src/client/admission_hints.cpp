#include "client/admission_hints.hpp"

#include "base/diagnostics.hpp"

#include <chrono>
#include <utility>

namespace picket::client {
namespace {

bool says_nothing(const Candidate& candidate) noexcept {
  const CaptureOptions& options = candidate.options;
  const Event* const event = candidate.event;
  return options.extra_context.empty() && options.tags.empty() && options.contexts.empty() &&
         (event == nullptr ||
          (event->tags.empty() && event->contexts.empty() && event->extra.empty()));
}

}  // namespace

MisuseHints::MisuseHints(bool is_on, Clock clock)
    : is_on_(is_on), clock_(std::move(clock)), places_(kMaxPlaces), paces_(kMaxPlaces) {}

bool MisuseHints::is_new_place(std::uint64_t site) {
  const std::lock_guard lock(mutex_);
  return !std::exchange(places_.use(site), true);
}

bool MisuseHints::becomes_loop(std::uint64_t site_and_type) {
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  Pace& pace = paces_.use(site_and_type);
  if (pace.count == 0 || now - pace.since >= std::chrono::seconds(1)) {
    pace.since = now;
    pace.count = 0;
  }
  return ++pace.count > kMaxPerSecond && !std::exchange(pace.is_told, true);
}

void MisuseHints::look_at(const Candidate& candidate, std::uint64_t type) {
  const SourceLocation& location = candidate.location;
  if (location.file == nullptr) return;
  const std::uint64_t site = hash_of_site(location);
  if (says_nothing(candidate) && is_new_place(site)) {
    diag::info(
        "{}:{} captures without extra context or tags; a few facts would help to find the cause",
        location.file, location.line);
  }
  if (becomes_loop(join_hashes(site, type))) {
    diag::warn(
        "{}:{} captured one type of error more than {} times in a second; capture once after the "
        "loop, or set Options::error_limit",
        location.file, location.line, kMaxPerSecond);
  }
}

}  // namespace picket::client
