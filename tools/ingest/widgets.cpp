#include "ingest/widgets.hpp"

#include "ingest/percentile.hpp"
#include "ingest/runs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace picket::ingest {
namespace {

// Read once for all widgets.
struct Data {
  std::vector<Value> errors{};
  std::vector<Value> transactions{};
  std::vector<CommandRun> metric_runs{};
  std::vector<CommandRun> transaction_runs{};
};

Data read(const Received& received) {
  Data data{.errors = received.events(), .transactions = received.transactions()};
  std::erase_if(data.errors, [](const Value& event) { return !is_error(Node(event)); });
  data.metric_runs = runs_of_metrics(received.metrics());
  data.transaction_runs = runs_of_transactions(data.transactions);
  return data;
}

// The values of a map that is keyed by a member of each.
template <class Key, class Row>
std::vector<Row> rows_of(std::map<Key, Row> by_key) {
  std::vector<Row> rows;
  for (auto& [key, row] : by_key) rows.push_back(std::move(row));
  return rows;
}

// The larger first; equal ones stay in their order.
template <class Row, class Rank>
void sort_by(std::vector<Row>& rows, Rank&& rank) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return rank(b) < rank(a); });
}

void add(RunCounts& counts, const CommandRun& run) {
  ++counts.all;
  if (run.outcome == Outcome::failed) ++counts.failed;
  if (run.outcome == Outcome::user_error) ++counts.user_errors;
}

std::vector<CommandRow> command_rows(const Data& data) {
  std::map<std::string, CommandRow> rows;
  for (const Value& event : data.errors) ++rows[tag_of(Node(event), "command.name")].errors;
  for (const CommandRun& run : data.metric_runs) {
    add(rows[run.command].runs, run);
    rows[run.command].from_metrics = true;
  }
  for (const CommandRun& run : data.transaction_runs) {
    if (!rows[run.command].from_metrics) add(rows[run.command].runs, run);
  }
  for (auto& [command, row] : rows) row.command = command;
  auto sorted = rows_of(std::move(rows));
  sort_by(sorted, [](const CommandRow& row) { return row.errors; });
  return sorted;
}

std::vector<OpRow> op_rows(const Data& data) {
  std::map<std::pair<bool, std::string>, std::vector<double>> durations;
  const auto add = [&](bool is_span, const Node& op, const Node& timed) {
    const auto milliseconds = milliseconds_of(timed);
    if (!milliseconds) return;
    durations[{is_span, std::string(op.text_or(""))}].push_back(*milliseconds);
  };
  for (const Value& value : data.transactions) {
    const Node transaction(value);
    add(false, transaction["contexts"]["trace"]["op"], transaction);
    for (const Node& span : transaction["spans"].elements()) add(true, span["op"], span);
  }
  std::vector<OpRow> rows;
  for (const auto& [key, values] : durations) {
    rows.push_back({.op = key.second,
                    .is_transaction = !key.first,
                    .count = values.size(),
                    .p50 = percentile(values, 0.5),
                    .p95 = percentile(values, 0.95)});
  }
  return rows;
}

std::vector<GroupRow> group_rows(const Data& data) {
  std::map<std::string, GroupRow> rows;
  std::map<std::string, std::set<std::string>> users;
  for (const Value& value : data.errors) {
    const Node event(value);
    const std::string group = error_group(event), user = user_id_of(event);
    GroupRow& row = rows[group];
    row.group = group;
    ++row.errors;
    if (user.empty()) ++row.errors_without_user;
    if (!user.empty() && users[group].insert(user).second) ++row.users;
  }
  auto sorted = rows_of(std::move(rows));
  sort_by(sorted, [](const GroupRow& row) { return std::tuple(row.users, row.errors); });
  return sorted;
}

std::vector<ReleaseRow> release_rows(const Data& data) {
  std::map<std::string, ReleaseRow> rows;
  const auto release_of = [](const Value& item) {
    return std::string(item.at("release").text_or(""));
  };
  for (const Value& event : data.errors) ++rows[release_of(event)].errors;
  for (const Value& event : data.transactions) ++rows[release_of(event)].transactions;
  for (const CommandRun& run : data.metric_runs) add(rows[run.release].runs, run);
  for (auto& [release, row] : rows) row.release = release;
  return rows_of(std::move(rows));
}

TagTable tag_table(const Data& data, const std::string& tag) {
  std::map<std::string, TagValueRow> rows;
  for (const Value& event : data.errors) ++rows[tag_of(Node(event), tag)].errors;
  for (const Value& event : data.transactions) ++rows[tag_of(Node(event), tag)].transactions;
  for (auto& [value, row] : rows) row.value = value;
  auto sorted = rows_of(std::move(rows));
  sort_by(sorted, [](const TagValueRow& row) { return std::tuple(row.errors, row.transactions); });
  return {tag, std::move(sorted)};
}

}  // namespace

std::optional<double> RunCounts::failed_share() const {
  const std::uint64_t judged = all - std::min(all, user_errors);
  if (judged == 0) return std::nullopt;
  return static_cast<double>(failed) / static_cast<double>(judged);
}

std::optional<double> ReleaseRow::error_rate() const {
  if (transactions == 0) return std::nullopt;
  return static_cast<double>(errors) / static_cast<double>(transactions);
}

std::vector<std::string> default_tags() { return {"feature", "guild_size", "command_type"}; }

Widgets widgets_of(const Received& received, const std::vector<std::string>& tags) {
  const Data data = read(received);
  Widgets widgets{.commands = command_rows(data),
                  .ops = op_rows(data),
                  .groups = group_rows(data),
                  .releases = release_rows(data)};
  for (const std::string& tag : tags) widgets.tags.push_back(tag_table(data, tag));
  return widgets;
}

}  // namespace picket::ingest
