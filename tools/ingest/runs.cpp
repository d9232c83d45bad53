#include "ingest/runs.hpp"

#include "ingest/call_names.hpp"

#include <cmath>
#include <set>

namespace picket::ingest {
namespace {

CommandRun run_of(const MetricRecord& record) {
  return {.end = wall_time(record.timestamp),
          .command = record.text("command"),
          .outcome = outcome_from(record.text("outcome"), record.text("success")),
          .release = record.text("sentry.release")};
}

// Calls `use` with each child span and the time of its end.
template <class Use>
void each_span(const std::vector<Value>& transactions, Use&& use) {
  for (const Value& transaction : transactions) {
    for (const Node& span : Node(transaction)["spans"].elements()) {
      if (const auto end = span["timestamp"].seconds()) use(span, wall_time(*end));
    }
  }
}

}  // namespace

WallTime wall_time(double seconds) {
  return WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

std::vector<CommandRun> runs_of_metrics(const std::vector<MetricRecord>& metrics) {
  std::vector<CommandRun> runs;
  std::set<std::string> counted;
  for (const MetricRecord& record : metrics) {
    if (!record.is("command.usage")) continue;
    runs.push_back(run_of(record));
    counted.insert(runs.back().command);
  }
  for (const MetricRecord& record : metrics) {
    if (!record.is("command.execution_time") || counted.contains(record.text("command"))) continue;
    runs.push_back(run_of(record));
  }
  return runs;
}

std::vector<CommandRun> runs_of_transactions(const std::vector<Value>& transactions) {
  std::vector<CommandRun> runs;
  for (const Value& value : transactions) {
    const Node transaction(value);
    const std::string command = tag_of(transaction, "command.name");
    const std::string_view op = transaction["contexts"]["trace"]["op"].text_or("");
    if (command.empty() || !is_in_family(op, "command")) continue;
    runs.push_back({.end = wall_time(transaction["timestamp"].seconds().value_or(0)),
                    .command = command,
                    .outcome = outcome_of(transaction),
                    .release = std::string(transaction["release"].text_or(""))});
  }
  return runs;
}

std::vector<Timed> command_times(const std::vector<MetricRecord>& metrics) {
  std::vector<Timed> times;
  for (const MetricRecord& record : metrics) {
    if (!record.is("command.execution_time")) continue;
    times.push_back({wall_time(record.timestamp), record.text("command"), record.value, {}});
  }
  return times;
}

std::vector<Timed> database_times(const std::vector<MetricRecord>& metrics,
                                  const std::vector<Value>& transactions) {
  std::vector<Timed> times;
  for (const MetricRecord& record : metrics) {
    if (!record.is("database.operation.duration")) continue;
    times.push_back({wall_time(record.timestamp),
                     joined(record.text("operation"), record.text("table")),
                     record.value,
                     {}});
  }
  each_span(transactions, [&](const Node& span, WallTime end) {
    if (!is_database_op(span["op"].text_or(""))) return;
    times.push_back({end, database_name(span), milliseconds_of(span).value_or(0), {}});
  });
  return times;
}

std::vector<Timed> api_times(const std::vector<MetricRecord>& metrics,
                             const std::vector<Value>& transactions) {
  std::vector<Timed> times;
  for (const MetricRecord& record : metrics) {
    if (!record.is("api.call.duration")) continue;
    const std::string endpoint = record.text("endpoint");
    times.push_back({wall_time(record.timestamp),
                     api_name(endpoint.empty() ? record.text("service") : endpoint), record.value,
                     status_class(record.attribute("status_code").number_or(0))});
  }
  each_span(transactions, [&](const Node& span, WallTime end) {
    if (!is_api_op(span["op"].text_or(""))) return;
    const Node status = span["data"]["http.response.status_code"];
    times.push_back({end, api_name(span), milliseconds_of(span).value_or(0),
                     status_class(status.number().value_or(0))});
  });
  return times;
}

}  // namespace picket::ingest
