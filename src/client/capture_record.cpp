#include "client/capture_record.hpp"

#include <variant>

namespace picket::client {
namespace {

std::size_t size_of(const std::string& text) noexcept { return sizeof(text) + text.size(); }

std::size_t size_of(const Object& object) noexcept;

std::size_t size_of(const Value& value) noexcept {
  std::size_t bytes = sizeof(Value);
  if (const std::string* text = value.as_text()) bytes += text->size();
  if (const List* list = value.as_list()) {
    for (const Value& element : *list) bytes += size_of(element);
  }
  if (const Object* object = value.as_object()) bytes += size_of(*object);
  return bytes;
}

std::size_t size_of(const Object& object) noexcept {
  std::size_t bytes = 0;
  for (const Member& member : object) bytes += size_of(member.key) + size_of(member.value);
  return bytes;
}

std::size_t size_of(const Request& request) noexcept {
  return sizeof(request) + size_of(request.data) + size_of(request.headers) + size_of(request.env) +
         request.cookies.size() + request.query_string.size() + request.url.size() +
         request.method.size();
}

std::size_t size_of(const Event& event) noexcept {
  std::size_t bytes = sizeof(Event) + size_of(event.extra);
  if (event.message) bytes += event.message->formatted.size() + event.message->message.size();
  if (event.user) bytes += size_of(event.user->data);
  for (const auto& exception : event.exceptions) {
    bytes += sizeof(exception) + exception.value.size() + exception.type.size();
    if (exception.mechanism) bytes += size_of(exception.mechanism->data);
    if (exception.stacktrace) bytes += exception.stacktrace->frames.size() * sizeof(Frame);
  }
  for (const auto& thread : event.threads) {
    bytes += sizeof(thread);
    if (thread.stacktrace) bytes += thread.stacktrace->frames.size() * sizeof(Frame);
  }
  for (const auto& crumb : event.breadcrumbs) {
    bytes += sizeof(crumb) + crumb.message.size() + size_of(crumb.data);
  }
  for (const auto& [key, value] : event.tags) bytes += size_of(key) + size_of(value);
  for (const auto& [name, facts] : event.contexts) bytes += size_of(name) + size_of(facts);
  for (const auto& [name, version] : event.modules) bytes += size_of(name) + size_of(version);
  for (const auto& part : event.fingerprint) bytes += size_of(part);
  if (event.request) bytes += size_of(*event.request);
  return bytes + event.debug_images.size() * sizeof(DebugImage);
}

std::size_t size_of(const Attachment& attachment) noexcept {
  return sizeof(attachment) + attachment.bytes.size() + attachment.path.size();
}

std::size_t size_of(const User& user) noexcept {
  std::size_t bytes = sizeof(user) + size_of(user.data);
  for (const auto* text : {&user.id, &user.username, &user.email, &user.ip_address, &user.name}) {
    if (*text) bytes += (*text)->size();
  }
  return bytes;
}

/// Data that several records share counts for each of them: the bound is met from the safe side.
std::size_t size_of(const scope::ScopeSnapshot& snapshot) noexcept {
  std::size_t bytes = snapshot.breadcrumbs.size_bytes();
  if (!snapshot.data) return bytes;
  const scope::ScopeData& data = *snapshot.data;
  for (const auto& [key, value] : data.tags) bytes += size_of(key) + size_of(value);
  for (const auto& [name, facts] : data.contexts) bytes += size_of(name) + size_of(facts);
  for (const auto& part : data.fingerprint) bytes += size_of(part);
  for (const auto& attachment : data.attachments) bytes += size_of(*attachment);
  if (data.user) bytes += size_of(*data.user);
  if (data.request) bytes += size_of(*data.request);
  return bytes + size_of(data.extra);
}

}  // namespace

std::size_t estimate_size(const CaptureRecord& record) noexcept {
  std::size_t bytes = sizeof(CaptureRecord) + record.message.size() + record.mechanism.size() +
                      record.addresses.size() * sizeof(std::uintptr_t) +
                      size_of(record.extra_context);
  for (const scope::ScopeSnapshot& snapshot : record.scopes) bytes += size_of(snapshot);
  for (const ThrownRecord& thrown : record.thrown) {
    bytes += sizeof(thrown) + thrown.mangled_type.size() + thrown.value.size() +
             thrown.throw_site.size() * sizeof(std::uintptr_t);
  }
  for (const ThreadRecord& thread : record.threads) {
    bytes += sizeof(thread) + thread.name.size() + thread.state.size() +
             thread.addresses.size() * sizeof(std::uintptr_t) +
             thread.registers.size() * sizeof(thread.registers.front());
  }
  for (const auto& [key, value] : record.tags) bytes += size_of(key) + size_of(value);
  for (const auto& [name, facts] : record.contexts) bytes += size_of(name) + size_of(facts);
  if (record.user) bytes += size_of(*record.user);
  for (const auto& part : record.fingerprint) bytes += size_of(part);
  if (record.event) bytes += size_of(*record.event);
  if (record.tree) bytes += record.tree->size_bytes();
  return bytes;
}

}  // namespace picket::client
