// Many commands at once: does every event hold together?

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

#include <array>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr int kCommands = 2000;

/// Half of them fail, in five different ways; `{}` is the number of the person.
constexpr std::array<const char*, 10> kMix{
    "!ping",       "!fail Timeout", "!note left by person {}",         "!reload admin",
    "!setup",      "!ping",         "!fetch_cases 300000000000000001", "!appeals",
    "!fail Logic", "!ban_user abc"};

std::vector<std::string> mixed_lines() {
  constexpr std::array<const char*, 3> kGroups{"large", "small", "-"};
  std::vector<std::string> lines;
  for (unsigned i = 0; i < kCommands; ++i) {
    // 7 and 12 have no common divisor: every person gets every command.
    const unsigned person = (i * 7 + i / 12) % 12 + 1;
    lines.push_back(fmt::format("@{} {} {}", person, kGroups[(i / 5) % 3],
                                fmt::format(fmt::runtime(kMix[i % kMix.size()]), person)));
  }
  return lines;
}

/// What is wrong with an event, or nothing.
std::string mix_up(const picket::Value& event) {
  static const std::map<std::string, std::string> kCommandOf{{"Timeout", "fail"},
                                                             {"logic_error", "fail"},
                                                             {"ModuleError", "reload"},
                                                             {"MissingSetting", "setup"},
                                                             {"QueryError", "appeals"}};
  const std::string person = text_at(event, "user/id");
  if (!text_at(event, "exception/values/-1/value").ends_with(" person " + person)) return "user";
  const auto command = kCommandOf.find(text_at(event, "exception/values/-1/type"));
  if (command == kCommandOf.end()) return "type";
  if (command->second != text_at(event, "contexts/command/command")) return "command";
  if (command->second != text_at(event, "tags/command.name")) return "tag";
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

}  // namespace

void many_threads(Stage& stage) {
  Ingest ingest(stage.places());
  const std::string script = stage.places().folder + "/mixed";
  std::ofstream file(script);
  for (const std::string& line : mixed_lines()) file << line << '\n';
  file.close();
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--threads", "8", "--script", script,
                           "--queue-capacity", "2000", "--shutdown-timeout", "20000"});
  Checks& checks = stage.checks();
  checks.equal("exit code", 0, bot.finish());
  checks.equal("replies", std::size_t{kCommands}, bot.replies().size());
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);

  std::map<std::string, std::size_t> mix_ups;
  std::map<std::string, std::size_t> types;
  std::set<std::string> messages;
  for (const auto& event : arrivals.events) {
    const std::string fault = mix_up(event);
    if (!fault.empty()) ++mix_ups[fault];
    ++types[text_at(event, "exception/values/-1/type")];
    messages.insert(text_at(event, "contexts/command/message_id"));
  }
  checks.equal("events", 1000U, arrivals.events.size());
  checks.equal("different commands they belong to", 1000U, messages.size());
  for (const char* type :
       {"Timeout", "logic_error", "ModuleError", "MissingSetting", "QueryError"}) {
    checks.equal(fmt::format("of type {}", type), 200U, types[type]);
  }
  std::vector<std::string> found;
  for (const auto& [fault, count] : mix_ups) {
    found.push_back(fmt::format("{} with a foreign {}", count, fault));
  }
  checks.equal("events with foreign data", std::string("none"),
               found.empty() ? "none" : fmt::format("{}", fmt::join(found, "\n")));
  Expected expected(checks, arrivals);
  expected.take_events();
  expected.absorbed(1400);  // two each for modules and queries, one each for the rest
  expected.nothing_else();
}

}  // namespace demo
