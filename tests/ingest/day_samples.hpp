#pragma once

// Traffic of a small command service, as picket sends it: errors, transactions with spans, and the
// metrics of commands, queries and calls. `Day` posts it to a server and is the only author of its
// ids; all times are seconds after noon of 2026-03-01, UTC.

#include "ingest/client.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace picket::ingest::tests {

inline constexpr double kNoon = 1772366400;

struct DayError {
  double at = 0;
  std::string type = "Timeout";
  std::string value = "gone";
  std::string command{};
  std::string user{};
  Object tags{};
  Object more{};  // members of the payload
};

struct DaySpan {
  std::string op{};
  std::string description{};
  double from = 0;
  double milliseconds = 0;
  Object data{};
};

struct DayTransaction {
  double from = 0;
  double milliseconds = 0;
  std::string op = "command";
  std::string name = "ping";
  std::string status = "ok";
  std::string command{};
  std::string user{};
  Object tags{};
  std::vector<DaySpan> spans{};
};

class Day {
 public:
  explicit Day(const IngestServer& server) : client_(server) {}

  std::string release = "bot@1.0.0";

  void send(const DayError& error) {
    Object event = start("event", error.user, error.tags, error.command);
    event.set("timestamp", kNoon + error.at);
    event.set(
        "exception",
        Object{{"values",
                List{Object{{"type", error.type}, {"value", error.value}, {"module", "bot"}}}}});
    event.set("contexts", Object{{"trace", Object{{"trace_id", id(90)}, {"span_id", span_id()}}}});
    for (const Member& member : error.more) event.set(member.key, member.value);
    post("event", std::move(event));
  }

  void send(const DayTransaction& one) {
    Object event = start("transaction", one.user, one.tags, one.command);
    const std::string trace = id(91), root = span_id();
    List spans;
    for (const DaySpan& span : one.spans) {
      spans.emplace_back(Object{{"trace_id", trace},
                                {"span_id", span_id()},
                                {"parent_span_id", root},
                                {"op", span.op},
                                {"description", span.description},
                                {"status", "ok"},
                                {"data", span.data},
                                {"start_timestamp", kNoon + span.from},
                                {"timestamp", kNoon + span.from + span.milliseconds / 1000}});
    }
    event.set("type", "transaction").set("transaction", one.name);
    event.set("transaction_info", Object{{"source", "task"}});
    event.set("start_timestamp", kNoon + one.from);
    event.set("timestamp", kNoon + one.from + one.milliseconds / 1000);
    event.set("contexts", Object{{"trace", Object{{"trace_id", trace},
                                                  {"span_id", root},
                                                  {"op", one.op},
                                                  {"status", one.status}}}});
    event.set("spans", std::move(spans));
    const Object header{
        {"event_id", event.find("event_id")->text_or("")},
        {"trace", Object{{"trace_id", trace}, {"public_key", "deadbeefdeadbeefdeadbeefdeadbeef"}}}};
    post(header, Object{{"type", "transaction"}}, to_json(event));
  }

  /// One record each of the two metrics that every run of a command makes; `outcome` is ok, failed
  /// or user_error. Without a duration there is no `execution_time`.
  void command(double at, std::string_view name, double milliseconds,
               std::string_view outcome = "ok") {
    const Object attributes = command_attributes(name, outcome);
    if (milliseconds >= 0) {
      metric(at, "distribution", "bot.command.execution_time", milliseconds, attributes);
    }
    metric(at, "counter", "bot.command.usage", 1, attributes);
  }

  void metric(double at, std::string_view type, std::string_view name, double value,
              const Object& attributes) {
    Object record{{"timestamp", kNoon + at},
                  {"trace_id", id(92)},
                  {"type", type},
                  {"name", name},
                  {"value", value}};
    if (type == "distribution") record.set("unit", "millisecond");
    record.set("attributes", typed(attributes));
    records_.emplace_back(std::move(record));
  }

  /// The metrics so far, as one container.
  void send_metrics() {
    if (records_.empty()) return;
    const Object header{{"type", "trace_metric"},
                        {"item_count", records_.size()},
                        {"content_type", "application/vnd.sentry.items.trace-metric+json"}};
    post({}, header, to_json(Object{{"version", 2}, {"items", std::exchange(records_, {})}}));
  }

 private:
  static Object command_attributes(std::string_view name, std::string_view outcome) {
    return {{"command", name}, {"success", outcome != "failed"}, {"outcome", outcome}};
  }

  Object typed(const Object& attributes) const {
    Object all{{"sentry.environment", Object{{"value", "test"}, {"type", "string"}}}};
    if (!release.empty()) {
      all.set("sentry.release", Object{{"value", release}, {"type", "string"}});
    }
    for (const Member& one : attributes) {
      const char* type = one.value.as_text()     ? "string"
                         : one.value.as_bool()   ? "boolean"
                         : one.value.as_double() ? "double"
                                                 : "integer";
      all.set(one.key, Object{{"value", one.value}, {"type", type}});
    }
    return all;
  }

  std::string id(int kind) { return fmt::format("{:02}{:030}", kind, ++ids_); }
  std::string span_id() { return fmt::format("a{:015}", ++ids_); }

  Object start(std::string_view type, const std::string& user, const Object& tags,
               const std::string& command) {
    Object event{{"event_id", id(type == "event" ? 10 : 11)}, {"platform", "native"}};
    if (!release.empty()) event.set("release", release);
    event.set("environment", "test");
    if (type == "event") event.set("level", "error");
    Object all = tags;
    if (!command.empty()) all.set("command.name", command);
    if (!all.empty()) event.set("tags", std::move(all));
    if (!user.empty()) event.set("user", Object{{"id", user}});
    return event;
  }

  void post(std::string_view type, Object event) {
    const Object header{{"event_id", event.find("event_id")->text_or("")}};
    post(header, Object{{"type", type}}, to_json(event));
  }

  void post(const Object& header, const Object& item, const std::string& payload) {
    const Answer answer =
        client_.post(to_json(header) + "\n" + to_json(item) + "\n" + payload + "\n");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }

  Client client_;
  std::uint64_t ids_ = 0;
  List records_{};
};

/// Two releases, four commands, three users, failures of several kinds; sampled at 1.0.
void send_a_day(Day& day);

}  // namespace picket::ingest::tests
