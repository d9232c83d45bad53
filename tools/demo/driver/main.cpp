// `picket-demo`: plays the story of the command service against the local server and compares what
// arrived with what was expected, in both directions.

#include "driver/event_text.hpp"
#include "driver/stage.hpp"
#include "driver/steps.hpp"
#include "driver/summary.hpp"
#include "driver/trace_tree.hpp"
#include "picket/clock.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace {

struct Settings {
  demo::Places places{};
  std::vector<std::string> only{};
  std::vector<std::string> skipped{};
  bool quick = false;
  bool shows_arrivals = false;
  bool shows_checks = false;
};

/// A folder that ends with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_((std::filesystem::temp_directory_path() / "picket-demo-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), path_);
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

bool is_wanted(const demo::Step& step, const Settings& settings) {
  if (settings.quick && !step.is_quick) return false;
  if (std::ranges::count(settings.skipped, step.id) > 0) return false;
  return settings.only.empty() || std::ranges::count(settings.only, step.id) > 0;
}

/// A line about it while it is played, with the time that it took.
void play(const demo::Step& step, demo::Stage& stage) {
  fmt::print("{:<5} {:<45} ", step.id, step.what);
  std::fflush(stdout);
  const picket::Clock clock;
  const auto start = clock.steady();
  stage.begin(step.id);
  try {
    step.play(stage);
  } catch (const std::exception& error) {
    stage.checks().holds("the step itself", "runs to its end", error.what(), false);
  }
  const std::chrono::duration<double> time = clock.steady() - start;
  fmt::print("{:6.1f} s  {}\n", time.count(), demo::verdict_of(step.id, stage.checks()));
}

constexpr std::array<std::string_view, 3> kShownTraces{"D5", "D7", "D9"};
constexpr std::string_view kShownEvent = "D8";

void print_arrivals(const demo::Stage& stage) {
  fmt::print("\nErrors that arrived\n\n{}\n", demo::table_of_events(stage.kept()));
  fmt::print("Transactions that arrived\n\n{}\n", demo::table_of_transactions(stage.kept()));
  for (const demo::Kept& step : stage.kept()) {
    const demo::Arrivals& arrivals = step.arrivals;
    if (std::ranges::count(kShownTraces, step.step) > 0) {
      fmt::print("The traces of {}\n\n{}\n", step.step, demo::waterfalls_of(arrivals));
    }
    if (step.step == kShownEvent && !arrivals.events.empty()) {
      fmt::print("{} in full\n\n{}\n", step.step, demo::transcript_of(arrivals.events.front()));
    }
  }
}

void print_findings(const demo::Stage& stage, const std::vector<demo::Step>& played,
                    const Settings& settings) {
  const demo::Checks& checks = stage.checks();
  if (settings.shows_arrivals) print_arrivals(stage);
  if (settings.shows_checks) fmt::print("\nAll checks\n\n{}", checks.to_text());
  if (!stage.shown().empty())
    fmt::print("\nWhat the server tells of the demo\n\n{}", stage.shown());
  fmt::print("\nExpected and seen\n\n{}", demo::summary_table(played, checks, stage.kept()));
  if (checks.failures() > 0) fmt::print("\nWhat is wrong\n\n{}", checks.failures_to_text());
  fmt::print("\n{} steps, {} checks, {} wrong\n", played.size(), checks.all().size(),
             checks.failures());
}

int run(Settings settings) {
  const TemporaryFolder folder;
  settings.places.folder = folder.path();
  demo::Stage stage(settings.places);
  std::vector<demo::Step> played;
  for (const demo::Step& step : demo::all_steps()) {
    if (!is_wanted(step, settings)) continue;
    play(step, stage);
    played.push_back(step);
  }
  print_findings(stage, played, settings);
  const demo::Checks& checks = stage.checks();
  return checks.failures() == 0 && !checks.all().empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a program that ended early is a finding, not our end
  Settings settings;
  CLI::App app("Plays the demo's story and checks what arrived");
  app.add_option("--bot", settings.places.bot, "picket-bot")->required()->check(CLI::ExistingFile);
  app.add_option("--chat", settings.places.chat, "picket-chat")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--ingest", settings.places.ingest, "picket-ingest")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--root", settings.places.root, "Of the source tree")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--only", settings.only, "Steps to play, such as D8");
  app.add_option("--skip", settings.skipped, "Steps to leave out");
  app.add_option("--envelopes", settings.places.envelopes,
                 "Keep every envelope as it arrived in this folder");
  app.add_flag("--arrivals", settings.shows_arrivals,
               "Show what arrived: errors, transactions, some traces, one error in full");
  app.add_flag("--all-checks", settings.shows_checks, "Show every single check");
  app.add_flag("--quick", settings.quick, "Leave out the steps that wait");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(std::move(settings));
  } catch (const std::exception& error) {
    fmt::print(stderr, "picket-demo: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
