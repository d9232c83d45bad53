#include "ingest/widget_tables.hpp"

#include <cmath>

namespace picket::ingest {
namespace {

Value name(const std::string& text) { return text.empty() ? Value() : Value(text); }

Value optional(std::optional<double> number) { return number ? Value(*number) : Value(); }

// Time stamps hold microseconds; what is below comes from subtracting large numbers.
double to_microseconds(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

void add_runs(Object& row, const RunCounts& runs) {
  row.set("runs", runs.all)
      .set("failed", runs.failed)
      .set("user_errors", runs.user_errors)
      .set("failed_share", optional(runs.failed_share()));
}

Object to_object(const CommandRow& row) {
  Object object{{"command", name(row.command)}, {"errors", row.errors}};
  add_runs(object, row.runs);
  const char* source = row.from_metrics ? "metrics" : "transactions";
  object.set("runs_from", row.runs.all == 0 ? Value() : Value(source));
  return object;
}

Object to_object(const OpRow& row) {
  return {{"kind", row.is_transaction ? "transaction" : "span"},
          {"op", name(row.op)},
          {"count", row.count},
          {"p50_ms", to_microseconds(row.p50)},
          {"p95_ms", to_microseconds(row.p95)}};
}

Object to_object(const GroupRow& row) {
  return {{"group", row.group},
          {"users", row.users},
          {"errors", row.errors},
          {"errors_without_user", row.errors_without_user}};
}

Object to_object(const ReleaseRow& row) {
  Object object{{"release", name(row.release)},
                {"errors", row.errors},
                {"transactions", row.transactions},
                {"error_rate", optional(row.error_rate())}};
  add_runs(object, row.runs);
  return object;
}

Object to_object(const TagValueRow& row) {
  return {{"value", name(row.value)}, {"errors", row.errors}, {"transactions", row.transactions}};
}

template <class Row>
List to_list(const std::vector<Row>& rows) {
  List list;
  for (const Row& row : rows) list.emplace_back(to_object(row));
  return list;
}

}  // namespace

Object widget_json(const Widgets& widgets) {
  List tags;
  for (const TagTable& tag : widgets.tags) {
    tags.emplace_back(Object{{"tag", tag.tag}, {"values", to_list(tag.values)}});
  }
  return {{"errors_per_command", to_list(widgets.commands)},
          {"durations_per_op", to_list(widgets.ops)},
          {"users_per_error", to_list(widgets.groups)},
          {"errors_per_release", to_list(widgets.releases)},
          {"tag_values", std::move(tags)}};
}

}  // namespace picket::ingest
