// The event as a whole, members in the order of P3.1.

#include "protocol/write.hpp"
#include "protocol/write_members.hpp"

#include <span>

namespace picket::protocol {
namespace {

void write_source(json::Writer& writer, TransactionSource source) {
  writer.key("transaction_info");
  writer.begin_object();
  writer.member("source", to_text(source));
  writer.end_object();
}

// Spec: P4.1.
void write_spans(json::Writer& writer, const Event& event) {
  writer.key("spans");
  writer.begin_array();
  for (const SpanData& span : event.spans) write(writer, span);
  writer.end_array();
  if (event.measurements.empty()) return;
  writer.key("measurements");
  write(writer, event.measurements);
}

void write_identity(json::Writer& writer, const Event& event) {
  if (!event.id.is_nil()) writer.member("event_id", event.id.to_string());
  if (event.start_timestamp) {
    writer.member("type", "transaction");
    writer.key("start_timestamp");
    write_timestamp(writer, *event.start_timestamp);
  }
  writer.key("timestamp");
  write_timestamp(writer, event.timestamp);
  writer.member("platform", event.platform.empty() ? "native" : std::string_view(event.platform));
  if (!event.is_transaction()) writer.member("level", to_text(event.level));
  writer.member("logger", event.logger);
  writer.member("transaction", event.transaction);
  if (event.is_transaction()) write_source(writer, event.transaction_source);
  writer.member("server_name", event.server_name);
  writer.member("release", event.release);
  writer.member("dist", event.dist);
  writer.member("environment", event.environment);
}

template <class Map>
void write_texts(json::Writer& writer, std::string_view name, const Map& texts) {
  if (texts.empty()) return;
  writer.key(name);
  writer.begin_object();
  for (const auto& [key, text] : texts) {
    writer.key(key);
    writer.text(text);
  }
  writer.end_object();
}

void write_fingerprint(json::Writer& writer, const std::vector<std::string>& fingerprint) {
  if (fingerprint.empty()) return;
  writer.key("fingerprint");
  writer.begin_array();
  for (const std::string& part : fingerprint) writer.text(part);
  writer.end_array();
}

void write_facts(json::Writer& writer, const Event& event) {
  write_texts(writer, "tags", event.tags);
  member(writer, "extra", event.extra);
  write_texts(writer, "modules", event.modules);
  write_fingerprint(writer, event.fingerprint);
  if (event.message && *event.message != LogEntry{}) {
    writer.key("logentry");
    write(writer, *event.message);
  }
}

void write_exceptions(json::Writer& writer, const std::vector<Exception>& exceptions,
                      std::string_view last_stack) {
  if (exceptions.empty()) return;
  writer.key("exception");
  writer.begin_object();
  writer.key("values");
  writer.begin_array();
  for (const Exception& exception : exceptions) {
    const bool is_last = &exception == &exceptions.back();
    write(writer, exception, is_last ? last_stack : std::string_view());
  }
  writer.end_array();
  writer.end_object();
}

void write_breadcrumbs(json::Writer& writer, std::string_view text) {
  writer.key("breadcrumbs");
  writer.begin_object();
  writer.key("values");
  writer.begin_array();
  writer.raw(text);
  writer.end_array();
  writer.end_object();
}

void write_debug_meta(json::Writer& writer, const std::vector<DebugImage>& images,
                      std::string_view further) {
  if (images.empty() && further.empty()) return;
  writer.key("debug_meta");
  writer.begin_object();
  writer.key("images");
  writer.begin_array();
  for (const DebugImage& image : images) write(writer, image);
  if (!further.empty()) writer.raw(further);
  writer.end_array();
  writer.end_object();
}

// The name `trace` belongs to us as soon as we know a trace: the server links by it.
void write_contexts(json::Writer& writer, const Event& event, std::span<const ContextText> texts) {
  const bool has_trace = event.trace && *event.trace != TraceContext{};
  bool is_open = false;
  const auto open = [&] {
    if (is_open) return;
    writer.key("contexts");
    writer.begin_object();
    is_open = true;
  };
  auto text = texts.begin();
  const auto write_texts_before = [&](const std::string* name) {
    for (; text != texts.end() && (name == nullptr || text->name < *name); ++text) {
      open();
      writer.key(text->name);
      writer.raw(text->json);
    }
  };
  for (const auto& [name, facts] : event.contexts) {
    if (facts.empty() || (has_trace && name == "trace")) continue;
    write_texts_before(&name);
    open();
    member(writer, name, facts);
  }
  write_texts_before(nullptr);
  if (has_trace) {
    open();
    writer.key("trace");
    write(writer, *event.trace);
  }
  if (is_open) writer.end_object();
}

// True if nothing of the user would be written.
bool is_empty(const User& user, bool pii) noexcept {
  if (pii || !user.data.empty()) return user == User{};
  return !user.id && !user.username && !user.email && !user.name;
}

void write_circumstances(json::Writer& writer, const Event& event, const EventExtras& extras) {
  const bool pii = extras.send_default_pii;
  if (event.user && !is_empty(*event.user, pii)) {
    writer.key("user");
    write(writer, *event.user, pii);
  }
  if (event.request && *event.request != Request{}) {
    writer.key("request");
    write(writer, *event.request);
  }
  std::span<const ContextText> texts;
  if (extras.contexts != nullptr) texts = *extras.contexts;
  write_contexts(writer, event, texts);
}

}  // namespace

void write(json::Writer& writer, const Event& event, const EventExtras& extras) {
  writer.begin_object();
  write_identity(writer, event);
  write_facts(writer, event);
  write_exceptions(writer, event.exceptions, extras.stacktrace);
  values_member(writer, "threads", event.threads);
  write_debug_meta(writer, event.debug_images, extras.images);
  if (!extras.breadcrumb_text.empty()) {
    write_breadcrumbs(writer, extras.breadcrumb_text);
  } else if (extras.breadcrumbs != nullptr) {
    values_member(writer, "breadcrumbs", *extras.breadcrumbs);
  } else {
    values_member(writer, "breadcrumbs", event.breadcrumbs);
  }
  write_circumstances(writer, event, extras);
  if (event.is_transaction()) write_spans(writer, event);
  writer.key("sdk");
  write_sdk(writer, extras.send_default_pii);
  writer.end_object();
}

}  // namespace picket::protocol
