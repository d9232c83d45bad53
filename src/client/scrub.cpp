// Stage: secrets are masked in everything that the event will tell. It comes after all hooks, so
// that nothing slips by that one of them added, and before texts are cut, so that no mark of a
// secret is cut away from it. What throws in here ends the event: privacy fails closed.
// Attachments go as they are. Spec: S2.3 step 9, S14.3, S14.4.

#include "client/pipeline.hpp"
#include "json/writer.hpp"
#include "picket/json.hpp"

#include <utility>

namespace picket::client {
namespace {

using privacy::Scrubber;

template <class Map>
void scrub_texts(const Scrubber& scrubber, Map& texts) {
  for (auto& [key, text] : texts) {
    if (scrubber.is_sensitive(key)) {
      text = privacy::kFiltered;
    } else {
      scrubber.scrub(text);
    }
  }
}

// On the wire a context is an object: the names in a sensitive one stay.
void scrub(const Scrubber& scrubber, Contexts& contexts) {
  for (auto& [name, facts] : contexts) {
    if (scrubber.is_sensitive(name)) {
      scrubber.filter_members(facts);
    } else {
      scrubber.scrub(facts);
    }
  }
}

void scrub(const Scrubber& scrubber, LogEntry& message) {
  scrubber.scrub(message.formatted);
  scrubber.scrub(message.message);
  scrubber.scrub(message.params);
}

void scrub(const Scrubber& scrubber, Mechanism& mechanism) {
  scrubber.scrub(mechanism.description);
  scrubber.scrub(mechanism.help_link);
  scrubber.scrub(mechanism.data);
  scrubber.scrub(mechanism.meta);
}

void scrub(const Scrubber& scrubber, Exception& exception) {
  scrubber.scrub(exception.value);
  if (exception.mechanism) scrub(scrubber, *exception.mechanism);
}

void scrub(const Scrubber& scrubber, Breadcrumb& breadcrumb) {
  scrubber.scrub(breadcrumb.category);
  scrubber.scrub(breadcrumb.message);
  scrubber.scrub(breadcrumb.data);
}

void scrub(const Scrubber& scrubber, User& user) {
  for (auto* const text : {&user.id, &user.username, &user.email, &user.name}) {
    scrubber.scrub(*text);
  }
  scrubber.scrub(user.data);
}

void scrub(const Scrubber& scrubber, Request& request) {
  scrubber.scrub(request.url);
  scrubber.scrub(request.query_string);
  scrubber.scrub(request.cookies);
  scrubber.scrub(request.headers);
  scrubber.scrub(request.env);
  scrubber.scrub(request.data);
}

void scrub(const Scrubber& scrubber, std::vector<SpanLink>& links) {
  for (SpanLink& link : links) scrubber.scrub(link.attributes);
}

void scrub(const Scrubber& scrubber, SpanData& span) {
  scrubber.scrub(span.op);
  scrubber.scrub(span.description);
  scrubber.scrub(span.data);
  scrub_texts(scrubber, span.tags);
  scrub(scrubber, span.links);
}

void scrub(const Scrubber& scrubber, TraceContext& trace) {
  scrubber.scrub(trace.op);
  scrubber.scrub(trace.description);
  scrubber.scrub(trace.data);
  scrub(scrubber, trace.links);
}

void scrub(const Scrubber& scrubber, Event& event) {
  scrubber.scrub(event.logger);
  scrubber.scrub(event.transaction);
  scrub_texts(scrubber, event.tags);
  scrub(scrubber, event.contexts);
  scrubber.scrub(event.extra);
  for (std::string& part : event.fingerprint) scrubber.scrub(part);
  if (event.message) scrub(scrubber, *event.message);
  for (Exception& exception : event.exceptions) scrub(scrubber, exception);
  for (Thread& thread : event.threads) scrubber.scrub(thread.name);
  for (Breadcrumb& breadcrumb : event.breadcrumbs) scrub(scrubber, breadcrumb);
  if (event.user) scrub(scrubber, *event.user);
  if (event.request) scrub(scrubber, *event.request);
  if (event.trace) scrub(scrubber, *event.trace);
  for (SpanData& span : event.spans) scrub(scrubber, span);
}

/// Whether a secret may be in an object that is JSON text: its names and texts are looked at where
/// they stand, nothing is read into values. What is escaped counts as a maybe.
bool may_hold_secret(const Scrubber& scrubber, std::string_view json) {
  for (std::size_t open = json.find('"'); open != std::string_view::npos;
       open = json.find('"', open)) {
    const std::size_t close = json.find_first_of("\"\\", open + 1);
    if (close == std::string_view::npos || json[close] == '\\') return true;
    const std::string_view text = json.substr(open + 1, close - open - 1);
    const bool is_name = close + 1 < json.size() && json[close + 1] == ':';
    if (is_name ? scrubber.is_sensitive(text) : scrubber.masked(text).has_value()) return true;
    open = close + 1;
  }
  return false;
}

/// `view` is a piece of the shared trail; where a mask is needed it becomes one of a text of ours.
void scrub_view(const Scrubber& scrubber, std::string_view& view, std::deque<std::string>& masked) {
  if (auto text = scrubber.masked(view)) view = masked.emplace_back(*std::move(text));
}

void scrub_data_view(const Scrubber& scrubber, std::string_view& data,
                     std::deque<std::string>& masked) {
  if (data.empty() || !may_hold_secret(scrubber, data)) return;
  auto object = parse_json(data);
  if (!object) {  // never seen: we wrote it ourselves
    data = {};
  } else if (scrubber.scrub(*object)) {
    std::string& text = masked.emplace_back();
    json::append_value(text, *object, json::kNoLimits);
    data = text;
  }
}

}  // namespace

void Pipeline::scrub(Draft& draft) const {
  if (!scrubber_.is_enabled()) return;
  client::scrub(scrubber_, draft.event);
}

/// Breadcrumbs that are views are scrubbed when they are written, because that is done once.
void Pipeline::scrub(protocol::BreadcrumbView& view, std::deque<std::string>& masked) const {
  if (!scrubber_.is_enabled()) return;
  scrub_view(scrubber_, view.category, masked);
  scrub_view(scrubber_, view.message, masked);
  scrub_data_view(scrubber_, view.data, masked);
}

void Pipeline::scrub(Contexts& contexts) const {
  if (scrubber_.is_enabled()) client::scrub(scrubber_, contexts);
}

// Its transaction is a text like any other; the key of the DSN stands there on purpose.
void Pipeline::scrub(tracing::DynamicSamplingContext& context) const {
  for (auto& [key, text] : context.members) {
    if (key != "public_key") scrubber_.scrub(text);
  }
}

}  // namespace picket::client
