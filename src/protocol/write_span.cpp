// Spans and the trace context, members in the order of P4.2 and P4.3.

#include "protocol/write.hpp"
#include "protocol/write_members.hpp"

namespace picket::protocol {
namespace {

void write_links(json::Writer& writer, const std::vector<SpanLink>& links) {
  if (links.empty()) return;
  writer.key("links");
  writer.begin_array();
  for (const SpanLink& link : links) write(writer, link);
  writer.end_array();
}

}  // namespace

void write(json::Writer& writer, const SpanLink& link) {
  writer.begin_object();
  writer.member("span_id", link.span_id);
  writer.member("trace_id", link.trace_id);
  member(writer, "sampled", link.sampled);
  member(writer, "attributes", link.attributes);
  writer.end_object();
}

void write(json::Writer& writer, const Measurements& measurements) {
  writer.begin_object();
  for (const auto& [key, measurement] : measurements) {
    writer.key(key);
    writer.begin_object();
    writer.key("value");
    writer.number(measurement.value);
    writer.member("unit", measurement.unit);
    writer.end_object();
  }
  writer.end_object();
}

void write(json::Writer& writer, const TraceContext& trace) {
  writer.begin_object();
  writer.member("trace_id", trace.trace_id);
  writer.member("span_id", trace.span_id);
  writer.member("parent_span_id", trace.parent_span_id);
  writer.member("op", trace.op);
  writer.member("description", trace.description);
  writer.member("status", to_text(trace.status));
  writer.member("origin", trace.origin);
  member(writer, "data", trace.data);
  write_links(writer, trace.links);
  writer.end_object();
}

void write(json::Writer& writer, const SpanData& span) {
  writer.begin_object();
  writer.member("span_id", span.span_id);
  writer.member("trace_id", span.trace_id);
  writer.member("parent_span_id", span.parent_span_id);
  writer.key("start_timestamp");
  write_timestamp(writer, span.start_timestamp);
  writer.key("timestamp");
  write_timestamp(writer, span.timestamp);
  writer.member("op", span.op);
  writer.member("description", span.description);
  writer.member("status", to_text(span.status));
  writer.member("origin", span.origin);
  member(writer, "data", span.data);
  if (!span.tags.empty()) {
    writer.key("tags");
    writer.begin_object();
    for (const auto& [key, value] : span.tags) {
      writer.key(key);
      writer.text(value);
    }
    writer.end_object();
  }
  if (!span.measurements.empty()) {
    writer.key("measurements");
    write(writer, span.measurements);
  }
  write_links(writer, span.links);
  writer.end_object();
}

}  // namespace picket::protocol
