// Two releases of the service, the second of which fails more often. The five widgets of the
// dashboard are compared with what the scripts are known to do, row by row.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/report.hpp"
#include "driver/steps.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

enum class Ending { ok, failed, user_error };

/// A line of the scripts, how often each release runs it, and what is known of it beforehand.
struct Work {
  const char* command;
  const char* arguments;  // `{}` is a number
  std::size_t before;     // runs with v1.0.0
  std::size_t after;      // runs with v1.1.0
  Ending ending = Ending::ok;
  const char* error = "";
  const char* feature = "";
  const char* type = "";
  bool asks_database = false;
  bool asks_chat = false;
};

constexpr Work kWork[] = {
    {"ping", "", 12, 12, Ending::ok, "", "probes", "utility"},
    {"slow", "0.0{}", 3, 3, Ending::ok, "", "probes", "test"},
    {"fetch_cases", "30000000000000000{}", 4, 4, Ending::ok, "", "cases", "moderation", true},
    {"search", "hello", 2, 2, Ending::ok, "", "search", "utility", false, true},
    {"ban_user", "abc", 1, 1, Ending::user_error, "", "cases", "moderation"},
    {"fail", "Timeout", 2, 8, Ending::failed, "Timeout", "probes", "test"},
    {"reload", "admin", 0, 3, Ending::failed, "ModuleError", "modules", "administration"},
    {"setup", "", 0, 2, Ending::failed, "MissingSetting", "settings", "administration"},
    {"appeals", "", 1, 1, Ending::failed, "QueryError", "cases", "moderation", true},
};

struct Group {
  const char* line;
  const char* tag;
};

constexpr Group kGroups[] = {{"large", "large"}, {"small", "small"}, {"-", "none"}};

struct Counts {
  std::size_t errors = 0;
  std::size_t transactions = 0;
  std::size_t runs = 0;
  std::size_t failed = 0;
  std::size_t user_errors = 0;
};

/// What the widgets are to show, by the names of their rows.
struct Dashboard {
  std::map<std::string, Counts> commands{};
  std::map<std::string, Counts> releases{};
  std::map<std::string, std::size_t> ops{};
  std::map<std::string, std::set<std::size_t>> users{};  // of each error
  std::map<std::string, std::size_t> errors{};
  std::map<std::string, std::map<std::string, Counts>> tags{};
};

void add(Counts& counts, const Work& work) {
  ++counts.transactions;
  ++counts.runs;
  counts.errors += work.ending == Ending::failed ? 1 : 0;
  counts.failed += work.ending == Ending::failed ? 1 : 0;
  counts.user_errors += work.ending == Ending::user_error ? 1 : 0;
}

void add(Dashboard& dashboard, const Work& work, const char* release, const char* group,
         std::size_t person) {
  add(dashboard.commands[work.command], work);
  add(dashboard.releases[release], work);
  add(dashboard.tags["feature"][work.feature], work);
  add(dashboard.tags["guild_size"][group], work);
  add(dashboard.tags["command_type"][work.type], work);
  ++dashboard.ops["transaction command"];
  if (work.asks_database) {
    ++dashboard.ops["span database"];
    ++dashboard.ops["span db.query"];
  }
  if (work.asks_chat) {
    for (const char* op :
         {"span discord_api", "span http.client", "transaction http.server", "span function"}) {
      ++dashboard.ops[op];
    }
    ++dashboard.releases["chat@2.0.0"].transactions;
    for (const char* tag : {"feature", "guild_size", "command_type"}) {
      ++dashboard.tags[tag]["null"].transactions;
    }
  }
  if (work.ending != Ending::failed) return;
  dashboard.users[work.error].insert(person);
  ++dashboard.errors[work.error];
}

/// The lines of one release; the dashboard learns of each.
std::vector<std::string> script(const char* release, bool is_second, Dashboard& dashboard) {
  std::vector<std::string> lines;
  for (const Work& work : kWork) {
    for (std::size_t i = 0; i < (is_second ? work.after : work.before); ++i) {
      const std::size_t person = lines.size() % 12 + 1;
      const Group& group = kGroups[lines.size() % std::size(kGroups)];
      lines.push_back(fmt::format("@{} {} !{} {}", person, group.line, work.command,
                                  fmt::format(fmt::runtime(work.arguments), i + 1)));
      add(dashboard, work, release, group.tag, person);
    }
  }
  return lines;
}

const picket::List& rows_of(const picket::Value& widgets, std::string_view path) {
  static const picket::List kNone;
  const auto* list = value_at(widgets, path).as_list();
  return list == nullptr ? kNone : *list;
}

/// Lines in the order of their names.
std::string sorted(std::set<std::string> lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string share(const Counts& counts) {
  const double runs = static_cast<double>(counts.runs - counts.user_errors);
  return runs == 0 ? "null" : fmt::format("{:.3f}", static_cast<double>(counts.failed) / runs);
}

std::string share_of(const picket::Value& row) {
  const picket::Value& share = row.at("failed_share");
  return share.is_number() ? fmt::format("{:.3f}", share.number_or(0)) : "null";
}

void check_runs(Checks& checks, const char* what, const picket::List& rows, const char* name,
                const std::map<std::string, Counts>& known) {
  std::set<std::string> expected;
  std::set<std::string> seen;
  for (const auto& [key, counts] : known) {
    expected.insert(fmt::format("{}: {} errors, {} of {} runs failed, share {}", key, counts.errors,
                                counts.failed, counts.runs, share(counts)));
  }
  for (const picket::Value& row : rows) {
    seen.insert(fmt::format("{}: {} errors, {} of {} runs failed, share {}", text_at(row, name),
                            text_at(row, "errors"), text_at(row, "failed"), text_at(row, "runs"),
                            share_of(row)));
  }
  checks.equal(what, sorted(expected), sorted(seen));
}

void check_ops(Checks& checks, const picket::List& rows, const Dashboard& dashboard) {
  std::set<std::string> expected;
  std::set<std::string> seen;
  std::size_t plausible = 0;
  for (const auto& [op, count] : dashboard.ops) expected.insert(fmt::format("{}: {}", op, count));
  for (const picket::Value& row : rows) {
    seen.insert(
        fmt::format("{} {}: {}", text_at(row, "kind"), text_at(row, "op"), text_at(row, "count")));
    const double p50 = row.at("p50_ms").number_or(-1);
    plausible += p50 >= 0 && p50 <= row.at("p95_ms").number_or(-1) ? 1 : 0;
  }
  checks.equal("durations per op: counts", sorted(expected), sorted(seen));
  checks.equal("durations per op: p50 up to p95", rows.size(), plausible);
}

void check_users(Checks& checks, const picket::List& rows, const Dashboard& dashboard) {
  std::set<std::string> expected;
  std::set<std::string> seen;
  for (const auto& [error, users] : dashboard.users) {
    expected.insert(
        fmt::format("{}: {} users, {} errors", error, users.size(), dashboard.errors.at(error)));
  }
  for (const picket::Value& row : rows) {
    seen.insert(fmt::format("{}: {} users, {} errors", text_at(row, "group"), text_at(row, "users"),
                            text_at(row, "errors")));
  }
  checks.equal("users per error", sorted(expected), sorted(seen));
}

void check_tags(Checks& checks, const picket::List& tables, const Dashboard& dashboard) {
  std::set<std::string> expected;
  std::set<std::string> seen;
  for (const auto& [tag, values] : dashboard.tags) {
    for (const auto& [value, counts] : values) {
      expected.insert(fmt::format("{} {}: {} errors, {} transactions", tag, value, counts.errors,
                                  counts.transactions));
    }
  }
  for (const picket::Value& table : tables) {
    for (const picket::Value& row : rows_of(table, "values")) {
      seen.insert(fmt::format("{} {}: {} errors, {} transactions", text_at(table, "tag"),
                              text_at(row, "value"), text_at(row, "errors"),
                              text_at(row, "transactions")));
    }
  }
  checks.equal("values of tags", sorted(expected), sorted(seen));
}

int run_release(Stage& stage, const Ingest& ingest, const Chat& chat, const char* release,
                const std::vector<std::string>& lines) {
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--chat", chat.url(), "--release", release,
                           "--traces-sample-rate", "1", "--threads", "4"});
  for (const std::string& line : lines) bot.say(line);
  return bot.finish();
}

}  // namespace

void two_releases(Stage& stage) {
  Checks& checks = stage.checks();
  Dashboard dashboard;
  Ingest ingest(stage.places(), {}, {.report_until = "now"});
  Chat chat(stage.places(), {"--dsn", ingest.dsn()});
  for (const bool is_second : {false, true}) {
    const char* release = is_second ? "v1.1.0" : "v1.0.0";
    checks.equal(fmt::format("exit code of {}", release), 0,
                 run_release(stage, ingest, chat, release, script(release, is_second, dashboard)));
  }
  chat.stop();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);

  const picket::Value report = ingest.report();
  const picket::Value& widgets = report.at("widgets");
  check_runs(checks, "errors per command", rows_of(widgets, "errors_per_command"), "command",
             dashboard.commands);
  check_runs(checks, "errors per release", rows_of(widgets, "errors_per_release"), "release",
             dashboard.releases);
  check_ops(checks, rows_of(widgets, "durations_per_op"), dashboard);
  check_users(checks, rows_of(widgets, "users_per_error"), dashboard);
  check_tags(checks, rows_of(widgets, "tag_values"), dashboard);
  checks.equal("fields that widgets need and that are missing", std::string("[]"),
               text_at(report, "missing_fields"));
  const std::string text = ingest.report_text();
  for (const char* title : {"errors per command", "durations per op", "users per error",
                            "errors per release", "values of the tag feature",
                            "values of the tag guild_size", "values of the tag command_type"}) {
    stage.show(section_of(text, title));
  }
  for (const picket::Value& row : rows_of(widgets, "errors_per_release")) {
    if (!row.at("failed_share").is_number()) continue;
    checks.tell(fmt::format("{}: {} of {} runs failed, share {}", text_at(row, "release"),
                            text_at(row, "failed"), text_at(row, "runs"), share_of(row)));
  }
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.take_transactions();
  expected.take_losses("error event_processor");
  expected.nothing_else();
}

}  // namespace demo
