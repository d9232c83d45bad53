// The last resort for an event that is within every single limit and still too large.

#include "protocol/trim.hpp"

#include <algorithm>

namespace picket::protocol {
namespace {

constexpr std::size_t kFewFrames = 50;
constexpr std::size_t kFewestFrames = 20;  // of a thread that did not fail

bool clear_breadcrumb_data(Event& event) {
  bool found = false;
  for (Breadcrumb& breadcrumb : event.breadcrumbs) {
    found = found || !breadcrumb.data.empty();
    breadcrumb.data.clear();
  }
  return found;
}

// The older half at a time: an event of 1000 breadcrumbs is written ten times at most.
bool drop_oldest_breadcrumbs(Event& event) {
  if (event.breadcrumbs.empty()) return false;
  const auto half = static_cast<std::ptrdiff_t>((event.breadcrumbs.size() + 1) / 2);
  event.breadcrumbs.erase(event.breadcrumbs.begin(), event.breadcrumbs.begin() + half);
  return true;
}

bool drop_frames(std::optional<Stacktrace>& stacktrace, std::size_t max = kFewFrames) {
  if (!stacktrace || stacktrace->frames.size() <= max) return false;
  keep_ends(stacktrace->frames, max);
  return true;
}

bool is_snapshot(const Thread& thread) { return thread.stacktrace && thread.stacktrace->snapshot; }

/// Of the threads that did not fail: first most of each stack, then half of the stacks at a time.
bool drop_frames_of_others(Event& event) {
  bool found = false;
  for (Thread& thread : event.threads) {
    if (is_snapshot(thread)) found |= drop_frames(thread.stacktrace, kFewestFrames);
  }
  return found;
}

bool drop_stacks_of_others(Event& event) {
  const auto count = std::count_if(event.threads.begin(), event.threads.end(), is_snapshot);
  auto left = (count + 1) / 2;
  for (auto thread = event.threads.rbegin(); thread != event.threads.rend() && left > 0; ++thread) {
    if (!is_snapshot(*thread)) continue;
    thread->stacktrace.reset();
    --left;
  }
  return count > 0;
}

bool drop_middle_frames(Event& event) {
  bool found = false;
  for (Exception& exception : event.exceptions) found |= drop_frames(exception.stacktrace);
  for (Thread& thread : event.threads) found |= drop_frames(thread.stacktrace);
  return found;
}

bool drop_request_body(Event& event) {
  if (!event.request || event.request->data.is_null()) return false;
  event.request->data = Value();
  return true;
}

bool drop_mechanism_data(Event& event) {
  bool found = false;
  for (Exception& exception : event.exceptions) {
    if (!exception.mechanism) continue;
    Mechanism& mechanism = *exception.mechanism;
    found = found || !mechanism.data.empty() || !mechanism.meta.empty();
    mechanism.data.clear();
    mechanism.meta.clear();
  }
  return found;
}

bool drop_user_data(Event& event) {
  if (!event.user || event.user->data.empty()) return false;
  event.user->data.clear();
  return true;
}

bool drop_request(Event& event) {
  if (!event.request) return false;
  event.request.reset();
  return true;
}

bool clear_span_data(Event& event) {
  bool found = false;
  for (SpanData& span : event.spans) {
    found = found || !span.data.empty();
    span.data.clear();
  }
  return found;
}

// The newest: what came first shows how it began, and its children come after it.
bool drop_newest_spans(Event& event) {
  if (event.spans.empty()) return false;
  event.spans.resize(event.spans.size() / 2);
  return true;
}

template <class Container>
bool clear(Container& container) {
  if (container.empty()) return false;
  container.clear();
  return true;
}

}  // namespace

bool shrink(Event& event) {
  return clear_breadcrumb_data(event) || clear(event.extra) || drop_oldest_breadcrumbs(event) ||
         clear_span_data(event) || drop_newest_spans(event) || clear(event.modules) ||
         drop_frames_of_others(event) || drop_middle_frames(event) ||
         drop_stacks_of_others(event) || drop_request_body(event) || drop_mechanism_data(event) ||
         drop_user_data(event) || drop_request(event) || clear(event.contexts) ||
         clear(event.tags) || clear(event.fingerprint);
}

}  // namespace picket::protocol
