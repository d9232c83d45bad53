// The issue page of one event, transaction or feedback.

#include "ingest/formats.hpp"
#include "ingest/transcript.hpp"
#include "picket/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace picket::ingest {
namespace {

constexpr std::size_t kMaxFrames = 40;
constexpr std::size_t kMaxSpans = 50;
constexpr std::size_t kMaxImages = 6;

std::optional<double> seconds_of(const Node& time) {
  return time.text() ? parse_rfc3339(*time.text()) : time.number();
}

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

std::string message_of(const Node& event) {
  const Node message = event["logentry"] ? event["logentry"] : event["message"];
  if (message.text()) return one_line(*message.text());
  return one_line(message["formatted"].text_or(message["message"].text_or("")));
}

std::string exception_title(const Node& exception) {
  const std::string type = one_line(exception["type"].text_or(""), 120);
  const std::string value = one_line(exception["value"].text_or(""));
  return type.empty() || value.empty() ? type + value : type + ": " + value;
}

std::string title(const ReceivedItem& item, const Node& event) {
  if (item.type == "transaction") {
    return one_line(event["transaction"].text_or("(unnamed transaction)"));
  }
  if (item.type == "feedback") {
    return one_line(event["contexts"]["feedback"]["message"].text_or(""));
  }
  const auto exceptions = event["exception"].elements();
  if (!exceptions.empty()) return exception_title(exceptions.back());
  const std::string message = message_of(event);
  return message.empty() ? "(no message)" : message;
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
                        module.empty() ? "" : "::", exception_title(chain[i]),
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
  const auto time = seconds_of(crumb["timestamp"]);
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
  const auto event_time = seconds_of(event["timestamp"]);
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
  const double start = seconds_of(span["start_timestamp"]).value_or(transaction_start);
  const double end = seconds_of(span["timestamp"]).value_or(start);
  return fmt::format("     {:>+9.3f}s {:>10.3f} ms  {:<18} {:<16} {}\n", start - transaction_start,
                     (end - start) * 1000, one_line(span["op"].text_or("-"), 40),
                     one_line(span["status"].text_or("-"), 20),
                     one_line(span["description"].text_or(""), 120));
}

std::string spans(const Node& event) {
  const auto list = event["spans"].elements();
  const double start = seconds_of(event["start_timestamp"]).value_or(0);
  std::string text;
  if (!list.empty()) text += fmt::format("   spans ({})\n", list.size());
  for (std::size_t i = 0; i < list.size() && i < kMaxSpans; ++i) text += span_line(list[i], start);
  if (list.size() > kMaxSpans) {
    text += fmt::format("     … and {} more\n", list.size() - kMaxSpans);
  }
  return text;
}

std::string duration(const Node& event) {
  const auto start = seconds_of(event["start_timestamp"]);
  const auto end = seconds_of(event["timestamp"]);
  if (!start || !end) return {};
  const Node trace = event["contexts"]["trace"];
  return fmt::format("  {:.3f} ms  {}  {}", (*end - *start) * 1000,
                     one_line(trace["op"].text_or("-"), 40),
                     one_line(trace["status"].text_or("-"), 20));
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
  std::string text = fmt::format("   {}  {}  #{}{}{}\n", kind, title(item, event), short_id(event),
                                 item.type == "transaction" ? duration(event) : "",
                                 item.is_duplicate ? "  DUPLICATE" : "");
  text += exceptions(event) + threads(event) + spans(event);
  if (item.type == "event" && event["transaction"].text()) {
    text += field("in", one_line(*event["transaction"].text()));
  }
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
