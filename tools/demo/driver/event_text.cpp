#include "driver/event_text.hpp"

#include "driver/json_path.hpp"
#include "driver/table.hpp"
#include "ingest/transcript.hpp"

#include <fmt/format.h>

namespace demo {

namespace {

constexpr std::size_t kRowsPerStep = 4;
constexpr const char* kFrames = "exception/values/-1/stacktrace/frames";

const picket::List& list_at(const picket::Value& document, std::string_view path) {
  static const picket::List kNone;
  const auto* list = value_at(document, path).as_list();
  return list == nullptr ? kNone : *list;
}

const picket::Object& object_at(const picket::Value& document, std::string_view path) {
  static const picket::Object kNone;
  const auto* object = value_at(document, path).as_object();
  return object == nullptr ? kNone : *object;
}

std::string text_of(const picket::Value& value) { return text_at(value, ""); }

std::string members(const picket::Object& object, std::string_view separator) {
  std::string text;
  for (const auto& [key, value] : object) {
    if (!text.empty()) text += separator;
    text += fmt::format("{}={}", key, text_of(value));
  }
  return text;
}

/// The time of day out of `2026-01-02T03:04:05.678Z`; anything else as it is.
std::string time_of(const picket::Value& document) {
  const std::string text = text_at(document, "timestamp");
  return text.size() < 23 || text[10] != 'T' ? text : text.substr(11, 12);
}

void add_row(Table& table, const std::string& step, const picket::Value& event) {
  table.add({step, time_of(event), text_at(event, "level"), title_of(event),
             text_at(event, "user/username"), text_at(event, "contexts/command/command"),
             members(object_at(event, "tags"), "\n"),
             std::to_string(size_at(event, "breadcrumbs/values")),
             std::to_string(size_at(event, kFrames))});
}

}  // namespace

std::string title_of(const picket::Value& event) {
  const std::string type = text_at(event, "exception/values/-1/type");
  if (type == "absent") return text_at(event, "logentry/formatted");
  return type + ": " + text_at(event, "exception/values/-1/value");
}

std::vector<std::string> own_frames(const picket::Value& event) {
  std::vector<std::string> names;
  for (const picket::Value& frame : list_at(event, kFrames)) {
    std::string name = text_at(frame, "function");
    if (name.starts_with("bot::")) names.push_back(std::move(name));
  }
  return names;
}

std::string table_of(const std::vector<Kept>& kept) {
  Table table({{"step", 5},
               {"time (UTC)", 12},
               {"level", 7},
               {"type: value", 46},
               {"user", 8},
               {"command", 12},
               {"tags", 34},
               {"crumbs", 6},
               {"frames", 6}});
  for (const Kept& step : kept) {
    for (std::size_t i = 0; i < step.events.size() && i < kRowsPerStep; ++i) {
      add_row(table, i == 0 ? step.step : "", step.events[i]);
    }
    if (step.events.size() > kRowsPerStep) {
      const std::string more = fmt::format("… and {} more", step.events.size() - kRowsPerStep);
      table.add({"", "", "", more, "", "", "", "", ""});
    }
  }
  return table.to_text();
}

std::string transcript_of(const picket::Value& event) {
  picket::ingest::ReceivedItem item;
  item.type = "event";
  item.payload = event;
  return picket::ingest::transcript_event(item);
}

}  // namespace demo
