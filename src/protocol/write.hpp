#pragma once

// Writes the model as JSON, each type by one free function, fields in the order of the protocol's
// tables. A new field is a member, a line here, and a golden file.

#include "json/writer.hpp"
#include "picket/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace picket::protocol {

/// `YYYY-MM-DDTHH:MM:SS.ffffffZ`. Spec: P0.2.
/// Times that the server refuses become the nearest one it takes: 1970 to 9999.
void append_timestamp(std::string& out, WallTime time);
void write_timestamp(json::Writer& writer, WallTime time);

/// A breadcrumb that is written without being made into an object first.
/// Lifetime: the texts belong to somebody else.
struct BreadcrumbView {
  WallTime timestamp{};
  std::string_view type{};
  std::string_view category{};
  std::string_view message{};
  Level level = Level::info;
  std::string_view data{};  // a JSON object, or empty
};

/// The address is written with `pii` only.
void write(json::Writer& writer, const User& user, bool pii = false);
void write(json::Writer& writer, const Frame& frame);
void write(json::Writer& writer, const Stacktrace& stacktrace);
void write(json::Writer& writer, const Mechanism& mechanism);
void write(json::Writer& writer, const Exception& exception);
void write(json::Writer& writer, const Thread& thread);
void write(json::Writer& writer, const DebugImage& image);
void write(json::Writer& writer, const Breadcrumb& breadcrumb);
void write(json::Writer& writer, const BreadcrumbView& breadcrumb);
void write(json::Writer& writer, const Request& request);
void write(json::Writer& writer, const LogEntry& entry);
void write(json::Writer& writer, const SpanLink& link);
void write(json::Writer& writer, const SpanData& span);
void write(json::Writer& writer, const TraceContext& trace);
void write(json::Writer& writer, const Measurements& measurements);

/// The `sdk` object: name, version, `settings.infer_ip` = `never` unless `pii`. Spec: P3.21.
void write_sdk(json::Writer& writer, bool pii);

/// A context that is JSON already. Lifetime: the texts belong to somebody else.
struct ContextText {
  std::string_view name{};
  std::string_view json{};
};

/// As the exception above, with a stack that is JSON already instead of its own.
void write(json::Writer& writer, const Exception& exception, std::string_view stacktrace);

/// What goes into an event beside the model. What is the same for many events was written once.
/// Lifetime: the texts belong to somebody else.
struct EventExtras {
  bool send_default_pii = false;
  const std::vector<ContextText>* contexts = nullptr;  // by name; none of them is in the event
  std::string_view stacktrace{};                       // of the last exception
  std::string_view images{};                           // as well, with commas between
  const std::vector<BreadcrumbView>* breadcrumbs = nullptr;  // instead of `Event::breadcrumbs`
  std::string_view breadcrumb_text{};                        // instead of both, with commas between
};

/// The whole event payload. Text limits of P3 are applied by `trim`, not here.
void write(json::Writer& writer, const Event& event, const EventExtras& extras = {});

}  // namespace picket::protocol
