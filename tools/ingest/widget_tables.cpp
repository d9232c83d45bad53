#include "ingest/widget_tables.hpp"

#include "ingest/text_table.hpp"

#include <fmt/format.h>

namespace picket::ingest {
namespace {

using Column = TextTable::Column;

std::string name_or_none(const std::string& name) { return name.empty() ? "(none)" : name; }

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", *share * 100) : "-";
}

std::string milliseconds(double value) { return fmt::format("{:.3f}", value); }

// What nothing tells of is a dash, not a zero.
std::string number(std::uint64_t value, bool is_known) {
  return is_known ? fmt::format("{}", value) : "-";
}

std::string titled(std::string_view title, const TextTable& table) {
  return fmt::format("── {}\n{}\n", title, table.to_text());
}

std::string commands(const std::vector<CommandRow>& rows) {
  TextTable table({{"command", Align::left},
                   {"errors"},
                   {"runs"},
                   {"failed"},
                   {"user errors"},
                   {"failed share"},
                   {"runs from", Align::left}});
  for (const CommandRow& row : rows) {
    const bool known = row.runs.all > 0;
    table.add({name_or_none(row.command), fmt::format("{}", row.errors),
               number(row.runs.all, known), number(row.runs.failed, known),
               number(row.runs.user_errors, known), percent(row.runs.failed_share()),
               !known             ? "-"
               : row.from_metrics ? "metrics"
                                  : "transactions"});
  }
  return titled("errors per command", table);
}

std::string ops(const std::vector<OpRow>& rows) {
  TextTable table({{"kind", Align::left}, {"op", Align::left}, {"count"}, {"p50 ms"}, {"p95 ms"}});
  for (const OpRow& row : rows) {
    table.add({row.is_transaction ? "transaction" : "span", name_or_none(row.op),
               fmt::format("{}", row.count), milliseconds(row.p50), milliseconds(row.p95)});
  }
  return titled("durations per op", table);
}

std::string groups(const std::vector<GroupRow>& rows) {
  TextTable table({{"error", Align::left}, {"users"}, {"errors"}, {"errors without user"}});
  for (const GroupRow& row : rows) {
    table.add({row.group, fmt::format("{}", row.users), fmt::format("{}", row.errors),
               fmt::format("{}", row.errors_without_user)});
  }
  return titled("users per error", table);
}

std::string releases(const std::vector<ReleaseRow>& rows) {
  TextTable table({{"release", Align::left},
                   {"errors"},
                   {"transactions"},
                   {"error rate"},
                   {"runs"},
                   {"failed"},
                   {"failed share"}});
  for (const ReleaseRow& row : rows) {
    const bool known = row.runs.all > 0;
    table.add({name_or_none(row.release), fmt::format("{}", row.errors),
               fmt::format("{}", row.transactions), percent(row.error_rate()),
               number(row.runs.all, known), number(row.runs.failed, known),
               percent(row.runs.failed_share())});
  }
  return titled("errors per release", table);
}

std::string tag_table(const TagTable& tag) {
  TextTable table({{tag.tag, Align::left}, {"errors"}, {"transactions"}});
  for (const TagValueRow& row : tag.values) {
    table.add({name_or_none(row.value), fmt::format("{}", row.errors),
               fmt::format("{}", row.transactions)});
  }
  return titled("values of the tag " + tag.tag, table);
}

}  // namespace

std::string widget_tables(const Widgets& widgets) {
  std::string text = commands(widgets.commands) + ops(widgets.ops) + groups(widgets.groups) +
                     releases(widgets.releases);
  for (const TagTable& tag : widgets.tags) text += tag_table(tag);
  return text;
}

}  // namespace picket::ingest
