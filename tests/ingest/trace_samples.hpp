#pragma once

// Transactions and events by hand, for the tests of traces. Ids are small numbers, times are
// milliseconds after the first of March 2026, 12 o'clock.

#include "ingest/trace.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::ingest::tests {

inline constexpr std::string_view kTraceId = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a";
inline constexpr double kNoon = 1772366400;

inline std::string span_id(int number) { return fmt::format("{:016x}", number); }
inline double at(double ms) { return kNoon + ms / 1000; }

struct SampleSpan {
  int id = 0;
  int parent = 0;  // 0: none
  std::string op{};
  std::string name{};
  double start = 0;
  double length = 0;
  std::string status{};
  std::string release{};  // of transactions and events
};

inline Object to_object(const SampleSpan& span) {
  Object object{{"trace_id", kTraceId}, {"span_id", span_id(span.id)}};
  if (span.parent != 0) object.set("parent_span_id", span_id(span.parent));
  if (!span.op.empty()) object.set("op", span.op);
  if (!span.status.empty()) object.set("status", span.status);
  return object;
}

inline TraceItem transaction(const SampleSpan& root, const std::vector<SampleSpan>& spans = {},
                             const Object& more = {}) {
  List list;
  for (const SampleSpan& span : spans) {
    list.emplace_back(to_object(span)
                          .set("description", span.name)
                          .set("start_timestamp", at(span.start))
                          .set("timestamp", at(span.start + span.length)));
  }
  Object event{{"type", "transaction"},
               {"event_id", fmt::format("{:032x}", root.id)},
               {"transaction", root.name},
               {"release", root.release},
               {"start_timestamp", at(root.start)},
               {"timestamp", at(root.start + root.length)},
               {"contexts", Object{{"trace", to_object(root)}}},
               {"spans", std::move(list)}};
  for (const Member& member : more) event.set(member.key, member.value);
  return {"transaction", std::make_shared<const Value>(std::move(event))};
}

/// `op` is the level, `name` the message.
inline TraceItem message(const SampleSpan& event) {
  return {"event",
          std::make_shared<const Value>(Object{{"event_id", fmt::format("{:032x}", event.id)},
                                               {"level", event.op},
                                               {"message", event.name},
                                               {"release", event.release},
                                               {"timestamp", at(event.start)},
                                               {"contexts", Object{{"trace", to_object(event)}}}})};
}

inline Trace trace_of(const std::vector<TraceItem>& items) {
  std::vector<Trace> traces = build_traces(items);
  return traces.empty() ? Trace() : std::move(traces.front());
}

}  // namespace picket::ingest::tests
