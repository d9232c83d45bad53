// Many commands at once: does every event and every transaction hold together?

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr std::size_t kCommands = 2000;
constexpr std::size_t kFailures = 1000;
constexpr std::size_t kSearches = 200;

/// Half of them fail, in five different ways; `{}` is the number of the person.
constexpr std::array<const char*, 10> kMix{
    "!ping",       "!fail Timeout", "!note left by person {}",         "!reload admin",
    "!setup",      "!search hello", "!fetch_cases 300000000000000001", "!appeals",
    "!fail Logic", "!ban_user abc"};

// 7 and 12 have no common divisor: every person gets every command.
std::size_t person_of(std::size_t line) { return (line * 7 + line / 12) % 12 + 1; }

/// The line that a command came from, counted from 0.
std::size_t line_of(const picket::Value& event) {
  return std::strtoull(text_at(event, "contexts/command/message_id").c_str() + 1, nullptr, 10) - 1;
}

std::string write_script(const Stage& stage) {
  constexpr std::array<const char*, 3> kGroups{"large", "small", "-"};
  const std::string path = stage.places().folder + "/mixed";
  std::ofstream file(path);
  for (std::size_t i = 0; i < kCommands; ++i) {
    file << fmt::format("@{} {} {}\n", person_of(i), kGroups[(i / 5) % 3],
                        fmt::format(fmt::runtime(kMix[i % kMix.size()]), person_of(i)));
  }
  return path;
}

/// What is wrong with the circumstances of something sent by `command`, or nothing.
std::string mix_up(const picket::Value& event, const std::string& command) {
  const std::string person = text_at(event, "user/id");
  if (person != std::to_string(person_of(line_of(event)))) return "user";
  if (command != text_at(event, "contexts/command/command")) return "command";
  if (command != text_at(event, "tags/command.name")) return "tag";
  const std::string group = text_at(event, "user/guild_name");
  if ((group == "absent" ? "none" : group) != text_at(event, "tags/guild_size")) return "group";
  for (std::size_t i = 0; i < size_at(event, "breadcrumbs/values"); ++i) {
    const std::string crumb = fmt::format("breadcrumbs/values/{}/", i);
    const std::string category = text_at(event, crumb + "category");
    const bool is_own =
        category == "note"
            ? text_at(event, crumb + "message") == "left by person " + person
            : category != "command" || text_at(event, crumb + "data/user_id") == person;
    if (!is_own) return "breadcrumb";
  }
  return {};
}

/// The same of an error, whose text names the person and whose type tells the command.
std::string mix_up_of_error(const picket::Value& event) {
  static const std::map<std::string, std::string> kCommandOf{{"Timeout", "fail"},
                                                             {"logic_error", "fail"},
                                                             {"ModuleError", "reload"},
                                                             {"MissingSetting", "setup"},
                                                             {"QueryError", "appeals"}};
  const std::string person = text_at(event, "user/id");
  if (!text_at(event, "exception/values/-1/value").ends_with(" person " + person)) return "user";
  const auto command = kCommandOf.find(text_at(event, "exception/values/-1/type"));
  return command == kCommandOf.end() ? "type" : mix_up(event, command->second);
}

std::string summary(const std::map<std::string, std::size_t>& mix_ups) {
  std::vector<std::string> found;
  for (const auto& [fault, count] : mix_ups) {
    if (!fault.empty()) found.push_back(fmt::format("{} with a foreign {}", count, fault));
  }
  return found.empty() ? "none" : fmt::format("{}", fmt::join(found, "\n"));
}

void check_errors(Checks& checks, const Arrivals& arrivals) {
  std::map<std::string, std::size_t> mix_ups;
  std::map<std::string, std::size_t> types;
  std::set<std::string> messages;
  for (const auto& event : arrivals.events) {
    ++mix_ups[mix_up_of_error(event)];
    ++types[text_at(event, "exception/values/-1/type")];
    messages.insert(text_at(event, "contexts/command/message_id"));
  }
  checks.equal("events", kFailures, arrivals.events.size());
  checks.equal("different commands they belong to", kFailures, messages.size());
  for (const char* type :
       {"Timeout", "logic_error", "ModuleError", "MissingSetting", "QueryError"}) {
    checks.equal(fmt::format("of type {}", type), kFailures / 5, types[type]);
  }
  checks.equal("events with foreign data", std::string("none"), summary(mix_ups));
}

/// What came of one trace: its command at the bot and what the chat platform did for it.
struct Trace {
  std::vector<picket::Value> commands{};
  std::vector<picket::Value> served{};
};

using Traces = std::map<std::string, Trace>;

Traces traces_of(const Arrivals& arrivals) {
  Traces traces;
  for (const picket::Value& transaction : arrivals.transactions) {
    Trace& trace = traces[trace_id_of(transaction)];
    const bool is_command = text_at(transaction, "contexts/trace/op") == "command";
    (is_command ? trace.commands : trace.served).push_back(transaction);
  }
  return traces;
}

/// What is wrong with a trace, or nothing.
std::string mix_up_of_trace(const Trace& trace) {
  if (trace.commands.size() != 1) return "command";
  const picket::Value& command = trace.commands.front();
  const std::string name = text_at(command, "transaction");
  const auto requests = spans_of(command, "http.client");
  if (requests.size() != (name == "search" ? 1U : 0U)) return "request";
  if (trace.served.size() != requests.size()) return "service";
  for (const picket::Value& served : trace.served) {
    const std::string parent = text_at(served, "contexts/trace/parent_span_id");
    if (parent != text_at(requests.front(), "span_id")) return "parent";
    if (text_at(served, "user") != "absent") return "user";
  }
  return mix_up(command, name);
}

/// What is wrong with the trace of an error: it has to be that of the command that failed.
std::string mix_up_with(const picket::Value& event, const Traces& traces) {
  const auto trace = traces.find(trace_id_of(event));
  if (trace == traces.end() || trace->second.commands.size() != 1) return "trace";
  const picket::Value& command = trace->second.commands.front();
  for (const char* path : {"user/id", "contexts/command/message_id", "transaction"}) {
    if (text_at(event, path) != text_at(command, path)) return path;
  }
  return {};
}

void check_traces(Checks& checks, const Arrivals& arrivals) {
  const Traces traces = traces_of(arrivals);
  std::map<std::string, std::size_t> mix_ups;
  std::set<std::string> messages;
  for (const auto& [id, trace] : traces) {
    ++mix_ups[mix_up_of_trace(trace)];
    for (const auto& command : trace.commands) {
      messages.insert(text_at(command, "contexts/command/message_id"));
    }
  }
  checks.equal("transactions", kCommands + kSearches, arrivals.transactions.size());
  checks.equal("traces", kCommands, traces.size());
  checks.equal("different commands they belong to", kCommands, messages.size());
  checks.equal("traces with foreign data", std::string("none"), summary(mix_ups));
  mix_ups.clear();
  for (const auto& event : arrivals.events) ++mix_ups[mix_up_with(event, traces)];
  checks.equal("errors in a foreign trace", std::string("none"), summary(mix_ups));
}

}  // namespace

void many_threads(Stage& stage) {
  Ingest ingest(stage.places());
  Chat chat(stage.places(), {"--dsn", ingest.dsn()});
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--chat", chat.url(), "--threads", "8",
                           "--script", write_script(stage), "--traces-sample-rate", "1",
                           "--queue-capacity", "4000", "--shutdown-timeout", "60000"});
  Checks& checks = stage.checks();
  checks.equal("exit code", 0, bot.finish());
  checks.equal("replies", kCommands, bot.replies().size());
  chat.stop();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);
  check_errors(checks, arrivals);
  check_traces(checks, arrivals);
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.take_transactions();
  expected.absorbed(1600);  // one each for failures named in `fail`, two each for the rest
  expected.nothing_else();
}

}  // namespace demo
