// The issue page of one event, transaction or feedback.

#include "ingest/titles.hpp"
#include "ingest/transcript.hpp"
#include "picket/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxFrames = 40;
constexpr std::size_t kMaxSpans = 50;
constexpr std::size_t kMaxImages = 6;

std::string field(std::string_view name, const std::string& text) {
  return text.empty() ? text : fmt::format("   {:<9} {}\n", name, text);
}

std::string short_id(const Node& event) {
  std::string id(event["event_id"].text_or("?"));
  return one_line(id.substr(0, 8), 8);
}

std::string base_name(std::string_view path) {
  return one_line(path.substr(path.find_last_of('/') + 1), 60);
}

constexpr std::size_t kMaxTitle = 320;

std::string title_line(const ReceivedItem& item, const Node& event) {
  return one_line(title_of(item.type, event), kMaxTitle);
}

std::string place(const Node& frame) {
  const std::string file = one_line(frame["filename"].text_or(frame["abs_path"].text_or("")), 80);
  const auto line = frame["lineno"].integer();
  if (!file.empty()) return line ? fmt::format("{}:{}", file, *line) : file;
  return one_line(frame["instruction_addr"].text_or(""), 20);
}

std::string module_of(const Node& frame) {
  const std::string module = one_line(frame["module"].text_or(""), 60);
  return module.empty() ? base_name(frame["package"].text_or("")) : module;
}

std::string frame_line(const Node& frame) {
  const std::string function =
      one_line(frame["function"].text_or(frame["raw_function"].text_or("<unknown>")), 90);
  return fmt::format("     {} {:<44} {:<32} {}\n", frame["in_app"].truth() ? '*' : ' ', function,
                     place(frame), module_of(frame));
}

// Newest first, as people read them; the wire has them oldest first.
std::string frames(const Node& stacktrace) {
  auto list = stacktrace["frames"].elements();
  std::reverse(list.begin(), list.end());
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kMaxFrames; ++i) text += frame_line(list[i]);
  if (list.size() > kMaxFrames) {
    text += fmt::format("       … and {} more\n", list.size() - kMaxFrames);
  }
  return text;
}

std::string mechanism(const Node& mechanism) {
  if (!mechanism) return {};
  std::string text = fmt::format("  [{}", one_line(mechanism["type"].text_or("?"), 60));
  if (mechanism["handled"].is_bool()) {
    text += mechanism["handled"].truth() ? ", handled" : ", unhandled";
  }
  if (mechanism["synthetic"].truth()) text += ", synthetic";
  return text + "]";
}

std::string exceptions(const Node& event) {
  auto chain = event["exception"].elements();
  std::reverse(chain.begin(), chain.end());
  std::string text;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::string module = one_line(chain[i]["module"].text_or(""), 60);
    text += fmt::format("   {}{}{}{}{}\n", i == 0 ? "" : "caused by ", module,
                        module.empty() ? "" : "::", one_line(exception_title(chain[i]), kMaxTitle),
                        mechanism(chain[i]["mechanism"]));
    text += frames(chain[i]["stacktrace"]);
  }
  return text;
}

std::string threads(const Node& event) {
  std::string text;
  for (const Node& thread : event["threads"].elements()) {
    const std::string stack = frames(thread["stacktrace"]);
    if (stack.empty()) continue;
    text += fmt::format("   thread {} {}\n{}", value_line(thread["id"].value(), 20),
                        one_line(thread["name"].text_or(""), 40), stack);
  }
  return text;
}

std::string pairs(const Node& object, std::string_view skip = {}) {
  std::string text;
  if (object.object() == nullptr) return text;
  for (const Member& member : *object.object()) {
    if (member.key == skip || member.value.is_null()) continue;
    if (!text.empty()) text += "  ";
    text += fmt::format("{}={}", one_line(member.key, 60), value_line(member.value, 120));
  }
  return text;
}

std::string tags(const Node& event) {
  if (event["tags"].object()) return pairs(event["tags"]);
  std::string text;
  for (const Node& pair : event["tags"].elements()) {
    text += fmt::format("{}={}  ", one_line(pair[0].text_or("?"), 60),
                        one_line(pair[1].text_or("?"), 120));
  }
  return text;
}

std::string contexts(const Node& event) {
  std::string text;
  const Node all = event["contexts"];
  if (all.object() == nullptr) return text;
  for (const Member& context : *all.object()) {
    text += field(text.empty() ? "contexts" : "", fmt::format("{}: {}", one_line(context.key, 40),
                                                              pairs(all[context.key], "type")));
  }
  return text;
}

std::string crumb_line(const Node& crumb, std::optional<double> event_time) {
  const auto time = crumb["timestamp"].seconds();
  const std::string when =
      time && event_time ? fmt::format("{:+9.3f}s", *time - *event_time) : std::string(10, ' ');
  const std::string data = pairs(crumb["data"]);
  return fmt::format("     {} {:<8} {:<14} {}{}{}\n", when,
                     one_line(crumb["level"].text_or("info"), 8),
                     one_line(crumb["category"].text_or(crumb["type"].text_or("default")), 30),
                     one_line(crumb["message"].text_or("")), data.empty() ? "" : "  ", data);
}

std::string breadcrumbs(const Node& event) {
  const auto crumbs = event["breadcrumbs"].elements();
  if (crumbs.empty()) return {};
  std::string text = fmt::format("   breadcrumbs ({}), seconds before the event\n", crumbs.size());
  const auto event_time = event["timestamp"].seconds();
  for (const Node& crumb : crumbs) text += crumb_line(crumb, event_time);
  return text;
}

std::string images(const Node& event) {
  const auto list = event["debug_meta"]["images"].elements();
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kMaxImages; ++i) {
    const Node& image = list[i];
    text +=
        field(i == 0 ? "images" : "", fmt::format("{:<28} at {:<15} build id {}",
                                                  base_name(image["code_file"].text_or("?")),
                                                  one_line(image["image_addr"].text_or("?"), 20),
                                                  one_line(image["code_id"].text_or("none"), 64)));
  }
  if (list.size() > kMaxImages) {
    text += field("", fmt::format("… and {} more", list.size() - kMaxImages));
  }
  return text;
}

std::string span_line(const Node& span, double transaction_start) {
  const double start = span["start_timestamp"].seconds().value_or(transaction_start);
  const double end = span["timestamp"].seconds().value_or(start);
  return fmt::format("     {:>+9.3f}s {:>10.3f} ms  {:<18} {:<16} {}\n", start - transaction_start,
                     (end - start) * 1000, one_line(span["op"].text_or("-"), 40),
                     one_line(span["status"].text_or("-"), 20),
                     one_line(span["description"].text_or(""), 120));
}

std::string spans(const Node& event) {
  const auto list = event["spans"].elements();
  const double start = event["start_timestamp"].seconds().value_or(0);
  std::string text;
  if (!list.empty()) text += "   spans, seconds after the start\n";
  for (std::size_t i = 0; i < list.size() && i < kMaxSpans; ++i) text += span_line(list[i], start);
  if (list.size() > kMaxSpans) {
    text += fmt::format("     … and {} more\n", list.size() - kMaxSpans);
  }
  return text;
}

// What a list of transactions shows: kind of work, duration, size, outcome.
std::string measures(const Node& event) {
  const auto start = event["start_timestamp"].seconds();
  const auto end = event["timestamp"].seconds();
  if (!start || !end) return {};
  const Node trace = event["contexts"]["trace"];
  const std::size_t count = event["spans"].elements().size();
  return fmt::format("  {}  {:.3f} ms  {} span{}  {}", one_line(trace["op"].text_or("(no op)"), 40),
                     (*end - *start) * 1000, count, count == 1 ? "" : "s",
                     one_line(trace["status"].text_or("(no status)"), 20));
}

std::string measurements(const Node& event) {
  std::string text;
  const Node all = event["measurements"];
  if (all.object() == nullptr) return text;
  for (const Member& one : *all.object()) {
    text += fmt::format("{}={} {}  ", one_line(one.key, 60), value_line(one.value.at("value"), 40),
                        one_line(one.value.at("unit").text_or(""), 20));
  }
  return text;
}

std::string origin(const Node& event) {
  std::string text;
  for (const char* key : {"release", "dist", "environment", "server_name", "platform", "logger"}) {
    if (event[key].text()) text += fmt::format("{}={}  ", key, one_line(*event[key].text(), 80));
  }
  if (event["sdk"]["name"].text()) {
    text += fmt::format("sdk={}/{}", one_line(event["sdk"]["name"].text_or(""), 60),
                        one_line(event["sdk"]["version"].text_or("?"), 20));
  }
  return text;
}

}  // namespace

std::string transcript_event(const ReceivedItem& item) {
  const Node event(item.payload);
  const std::string kind =
      item.type == "event" ? one_line(event["level"].text_or("error"), 8) : item.type;
  std::string text = fmt::format("   {}  {}  #{}{}{}\n", kind, title_line(item, event),
                                 short_id(event), item.type == "transaction" ? measures(event) : "",
                                 item.is_duplicate ? "  DUPLICATE" : "");
  text += exceptions(event) + threads(event) + spans(event);
  if (item.type == "event" && event["transaction"].text()) {
    text += field("in", one_line(*event["transaction"].text()));
  }
  text += field("measured", measurements(event));
  text += field("from", origin(event));
  text += field("user", pairs(event["user"]));
  text += field("tags", tags(event));
  if (event["fingerprint"].list()) {
    text += field("grouping", one_line(to_json(event["fingerprint"].value())));
  }
  text += contexts(event);
  text += field("extra", pairs(event["extra"]));
  return text + breadcrumbs(event) + images(event);
}

}  // namespace picket::ingest
