// `picket-demo`: plays the story of the command service against the local server and compares what
// arrived with what was expected, in both directions.

#include "driver/event_text.hpp"
#include "driver/stage.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

#include <algorithm>
#include <array>
#include <csignal>
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
  bool quick = false;
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
  return settings.only.empty() || std::ranges::count(settings.only, step.id) > 0;
}

void play(const demo::Step& step, demo::Stage& stage) {
  fmt::print("{:<5} {}\n", step.id, step.what);
  std::fflush(stdout);
  stage.begin(step.id);
  try {
    step.play(stage);
  } catch (const std::exception& error) {
    stage.checks().holds("the step itself", "runs to its end", error.what(), false);
  }
}

constexpr std::array<std::string_view, 3> kShownTraces{"D5", "D7", "D9"};
constexpr std::string_view kShownEvent = "D8";

void print_story(const demo::Stage& stage) {
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

int run(Settings settings) {
  const TemporaryFolder folder;
  settings.places.folder = folder.path();
  demo::Stage stage(settings.places);
  for (const demo::Step& step : demo::all_steps()) {
    if (is_wanted(step, settings)) play(step, stage);
  }
  print_story(stage);
  const demo::Checks& checks = stage.checks();
  fmt::print("Expected and seen\n\n{}\n{} checks, {} wrong\n", checks.to_text(),
             checks.all().size(), checks.failures());
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
  app.add_option("--envelopes", settings.places.envelopes,
                 "Keep every envelope as it arrived in this folder");
  app.add_flag("--quick", settings.quick, "Leave out the steps that wait");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(std::move(settings));
  } catch (const std::exception& error) {
    fmt::print(stderr, "picket-demo: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
