// Holds what arrived against the event schema that Sentry publishes.

#include "driver/child.hpp"
#include "driver/steps.hpp"
#include "picket/json.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace demo {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPerStep = 25;  // of a step with a thousand alike

std::vector<std::string> write_events(const Stage& stage) {
  std::vector<std::string> files;
  for (const Kept& step : stage.kept()) {
    const auto& events = step.arrivals.events;
    for (std::size_t i = 0; i < events.size() && i < kPerStep; ++i) {
      files.push_back(fmt::format("{}/event-{}.json", stage.places().folder, files.size()));
      std::ofstream(files.back()) << picket::to_json(events[i]);
    }
  }
  return files;
}

}  // namespace

void fits_the_schema(Stage& stage) {
  const std::string script = stage.places().root + "/tests/spec/validate_events.py";
  std::vector<std::string> command{"/usr/bin/python3", script};
  const std::vector<std::string> files = write_events(stage);
  command.insert(command.end(), files.begin(), files.end());
  Child child(command);
  const auto code = child.wait_for_exit(60s);
  std::vector<std::string> complaints = child.output().all();
  for (const std::string& line : child.errors().all()) complaints.push_back(line);
  // Machines without the validator's package still get all other steps; the table says so.
  const bool is_skipped =
      !complaints.empty() && complaints.front().find("python3-jsonschema") != std::string::npos;
  stage.checks().tell(fmt::format("{} events, {}", files.size(),
                                  is_skipped           ? "not checked: no python3-jsonschema"
                                  : complaints.empty() ? "no complaint"
                                                       : complaints.front()));
  stage.checks().holds(
      fmt::format("{} events against the schema", files.size()), "exit code 0",
      complaints.empty() ? fmt::format("exit code {}", code.value_or(-1)) : complaints.front(),
      code == 0 || is_skipped);
}

}  // namespace demo
