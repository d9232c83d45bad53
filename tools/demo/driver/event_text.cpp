#include "driver/event_text.hpp"

#include "driver/json_path.hpp"
#include "driver/table.hpp"
#include "ingest/trace.hpp"
#include "ingest/transcript.hpp"

#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr std::size_t kRowsPerStep = 4;
constexpr std::size_t kWideColumn = 3;  // of both tables, from 0
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

using Row = std::vector<std::string>;

Row event_row(const picket::Value& event) {
  return {time_of(event),
          text_at(event, "level"),
          title_of(event),
          text_at(event, "user/username"),
          text_at(event, "contexts/command/command"),
          members(object_at(event, "tags"), "\n"),
          std::to_string(size_at(event, "breadcrumbs/values")),
          std::to_string(size_at(event, kFrames))};
}

std::string milliseconds_of(const picket::Value& transaction) {
  const auto traces = picket::ingest::build_traces(
      {{"transaction", std::make_shared<const picket::Value>(transaction)}});
  if (traces.empty()) return {};
  const auto nodes = traces[0].of_kind(picket::ingest::TraceNodeKind::transaction);
  return fmt::format("{:.2f}", nodes.at(0)->milliseconds());
}

/// The transaction's own facts; what HTTP says of every request is left out.
std::string data_of(const picket::Value& transaction) {
  picket::Object data = object_at(transaction, "contexts/trace/data");
  for (const char* key : {"http.request.method", "http.route", "server.address", "server.port",
                          "url", "url.scheme"}) {
    data.erase(key);
  }
  return members(data, "\n");
}

Row transaction_row(const picket::Value& transaction) {
  return {text_at(transaction, "contexts/trace/trace_id").substr(0, 8),
          text_at(transaction, "contexts/trace/op"),
          text_at(transaction, "transaction"),
          text_at(transaction, "contexts/trace/status"),
          milliseconds_of(transaction),
          std::to_string(size_at(transaction, "spans")),
          text_at(transaction, "user/username"),
          text_at(transaction, "release"),
          data_of(transaction)};
}

/// Adds a row for each, below the name of their step; of many the first few.
void add_rows(Table& table, const std::string& step, const std::vector<picket::Value>& payloads,
              Row (*row_of)(const picket::Value&)) {
  for (std::size_t i = 0; i < payloads.size() && i < kRowsPerStep; ++i) {
    Row row = row_of(payloads[i]);
    row.insert(row.begin(), i == 0 ? step : "");
    table.add(std::move(row));
  }
  if (payloads.size() <= kRowsPerStep) return;
  Row more(row_of(payloads[0]).size() + 1);
  more[kWideColumn] = fmt::format("… and {} more", payloads.size() - kRowsPerStep);
  table.add(std::move(more));
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

std::string breadcrumbs_of(const picket::Value& event) {
  std::vector<std::string> messages;
  for (const picket::Value& crumb : list_at(event, "breadcrumbs/values")) {
    messages.push_back(text_at(crumb, "message"));
  }
  return fmt::format("{}", fmt::join(messages, ", "));
}

std::string table_of_events(const std::vector<Kept>& kept) {
  Table table({{"step", 5},
               {"time (UTC)", 12},
               {"level", 7},
               {"type: value", 46},
               {"user", 8},
               {"command", 12},
               {"tags", 34},
               {"crumbs", 6},
               {"frames", 6}});
  for (const Kept& step : kept) add_rows(table, step.step, step.arrivals.events, event_row);
  return table.to_text();
}

std::string table_of_transactions(const std::vector<Kept>& kept) {
  Table table({{"step", 5},
               {"trace", 8},
               {"op", 12},
               {"name", 30},
               {"status", 18},
               {"ms", 9},
               {"spans", 5},
               {"user", 8},
               {"release", 12},
               {"data", 44}});
  for (const Kept& step : kept) {
    add_rows(table, step.step, step.arrivals.transactions, transaction_row);
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
