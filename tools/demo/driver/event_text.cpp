#include "driver/event_text.hpp"

#include "driver/json_path.hpp"
#include "driver/table.hpp"

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

std::string chain(const picket::Value& event) {
  std::string text;
  const picket::List& exceptions = list_at(event, "exception/values");
  for (std::size_t i = exceptions.size(); i-- > 0;) {
    const picket::Value& exception = exceptions[i];
    text +=
        fmt::format("  {}{}::{}: {}   (mechanism {}, handled {})\n",
                    i + 1 == exceptions.size() ? "" : "caused by ", text_at(exception, "module"),
                    text_at(exception, "type"), text_at(exception, "value"),
                    text_at(exception, "mechanism/type"), text_at(exception, "mechanism/handled"));
  }
  return text;
}

std::string frames(const picket::Value& event) {
  std::string text;
  const picket::List& all = list_at(event, kFrames);
  for (std::size_t i = all.size(); i-- > 0;) {
    const std::string package = text_at(all[i], "package");
    text += fmt::format("  {:>18}  {:<44} {}{}\n", text_at(all[i], "instruction_addr"),
                        text_at(all[i], "function"), package.substr(package.rfind('/') + 1),
                        text_at(all[i], "in_app") == "true" ? "" : "  (not ours)");
  }
  return text;
}

std::string breadcrumbs(const picket::Value& event) {
  std::string text;
  for (const picket::Value& crumb : list_at(event, "breadcrumbs/values")) {
    text += fmt::format("  {}  {:<8} {:<22} {}\n", time_of(crumb), text_at(crumb, "category"),
                        text_at(crumb, "message"), members(object_at(crumb, "data"), "  "));
  }
  return text;
}

std::string images(const picket::Value& event) {
  std::string text;
  for (const picket::Value& image : list_at(event, "debug_meta/images")) {
    const std::string file = text_at(image, "code_file");
    text += fmt::format("  {:<24} at {}  build id {}  debug id {}\n",
                        file.substr(file.rfind('/') + 1), text_at(image, "image_addr"),
                        text_at(image, "code_id"), text_at(image, "debug_id"));
  }
  return text;
}

std::string contexts(const picket::Value& event) {
  std::string text;
  for (const auto& [name, facts] : object_at(event, "contexts")) {
    text += fmt::format("  {:<10} {}\n", name, members(object_at(facts, ""), "  "));
  }
  return text;
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
  return fmt::format(
      "{}\nevent {}  {}  {}  {} in {}\n\nexceptions\n{}\nstack, newest call first\n{}\n"
      "breadcrumbs, oldest first\n{}\nuser\n  {}\n\ntags\n  {}\n\ncontexts\n{}\n"
      "debug images\n{}",
      title_of(event), text_at(event, "event_id"), text_at(event, "timestamp"),
      text_at(event, "level"), text_at(event, "release"), text_at(event, "environment"),
      chain(event), frames(event), breadcrumbs(event), members(object_at(event, "user"), "  "),
      members(object_at(event, "tags"), "\n  "), contexts(event), images(event));
}

}  // namespace demo
