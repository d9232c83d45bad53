// Stage: from the raw record to an event that says what was captured.

#include "client/pipeline.hpp"
#include "stacktrace/demangle.hpp"

#include <utility>

namespace picket::client {
namespace {

Object code_data(const ThrownRecord::Code& code) {
  return Object{{"code", Value(code.value)},
                {"category", Value(code.category)},
                {"message", Value(code.message)}};
}

/// Spec: P3.7, P3.8, P3.9. `index` counts from the captured exception inwards.
Mechanism mechanism_of(const CaptureRecord& record, std::size_t index) {
  const ThrownRecord& thrown = record.thrown[index];
  Mechanism mechanism;
  if (!record.mechanism.empty()) mechanism.type = record.mechanism;
  mechanism.handled = record.handled;
  if (record.thrown.size() > 1) mechanism.exception_id = static_cast<std::uint32_t>(index);
  if (index > 0) {
    mechanism.parent_id = static_cast<std::uint32_t>(index - 1);
    mechanism.source = "nested";
  }
  mechanism.description = thrown.description;
  if (thrown.code) mechanism.data = code_data(*thrown.code);
  for (const Member& fact : thrown.facts) mechanism.data.set(fact.key, fact.value);
  if (!thrown.code) return mechanism;
  if (thrown.code->category == "generic" || thrown.code->category == "system") {
    mechanism.meta.set("errno", Object{{"number", Value(thrown.code->value)}});
  }
  return mechanism;
}

Exception exception_of(CaptureRecord& record, std::size_t index) {
  ThrownRecord& thrown = record.thrown[index];
  Exception exception;
  if (thrown.mangled_type.empty()) {
    exception.type = "unknown exception";
  } else {
    const std::string name = stacktrace::demangle(thrown.mangled_type.c_str());
    auto [type, module] = stacktrace::split_type_name(stacktrace::unwrap_nested(name));
    exception.type = std::move(type);
    exception.module = std::move(module);
  }
  exception.mechanism = mechanism_of(record, index);
  exception.value = std::move(thrown.value);
  return exception;
}

/// What the client itself has to say; hosts cannot set a context of this name. Spec: S12.2.
void tell_counts(const AdmissionCounts& counts, Event& event) {
  const auto tell = [&event](std::string_view name, std::uint64_t count) {
    if (count > 0) event.contexts["picket"].set(name, Value(count));
  };
  tell("suppressed", counts.suppressed);
  tell("occurrences", counts.occurrences);
}

Event transaction_of(const CaptureRecord& record) {
  Event event;
  event.id = record.id;
  event.level = Level::info;
  record.tree->describe(event);
  return event;
}

}  // namespace

Event assemble(CaptureRecord& record) {
  if (record.tree) return transaction_of(record);
  Event event;
  if (record.event) event = std::move(*record.event);
  event.start_timestamp.reset();  // what is captured by hand is no transaction
  if (event.transaction.empty()) event.transaction = record.trace.transaction;
  event.id = record.id;
  if (event.timestamp == WallTime{}) event.timestamp = record.timestamp;
  if (record.origin != Hint::Origin::event || record.level_is_explicit) event.level = record.level;
  if (record.origin == Hint::Origin::message) {
    event.message = LogEntry{.formatted = std::move(record.message)};
  }
  // The protocol wants the innermost cause first; the record starts with the captured one.
  for (std::size_t i = record.thrown.size(); i > 0; --i) {
    event.exceptions.push_back(exception_of(record, i - 1));
  }
  for (auto& [key, value] : record.tags)
    event.tags.insert_or_assign(std::move(key), std::move(value));
  if (!record.extra_context.empty()) event.contexts["extra"] = std::move(record.extra_context);
  if (record.user) event.user = std::move(record.user);
  if (!record.fingerprint.empty()) event.fingerprint = std::move(record.fingerprint);
  tell_counts(record.counts, event);
  return event;
}

}  // namespace picket::client
