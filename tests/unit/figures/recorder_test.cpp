#include "figures/recorder.hpp"

#include "picket/testing/manual_clock.hpp"
#include "support/allocations.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace picket::figures {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

std::string shorten(const std::string& mangled) { return "short " + mangled; }

template <class Map>
Rate sum_of(const Map& rates) {
  Rate sum;
  for (const auto& [name, rate] : rates) {
    sum.last_minute += rate.last_minute;
    sum.last_hour += rate.last_hour;
    sum.total += rate.total;
  }
  return sum;
}

/// Everything that adds up has to, in whatever snapshot.
void check_sums(const Figures& figures) {
  CHECK(sum_of(figures.errors_by_kind) == figures.errors);
  CHECK(sum_of(figures.errors_by_type) == figures.errors);
  CommandFigures all;
  for (const auto& [name, command] : figures.commands) {
    all.timing.count += command.timing.count;
    all.ok.total += command.ok.total;
    all.failed.total += command.failed.total;
    all.user_errors.total += command.user_errors.total;
    CHECK(command.timing.count ==
          command.ok.total + command.failed.total + command.user_errors.total);
  }
  CHECK(all.timing.count == figures.all_commands.timing.count);
  CHECK(all.ok.total == figures.all_commands.ok.total);
  CHECK(all.failed.total == figures.all_commands.failed.total);
  CHECK(all.user_errors.total == figures.all_commands.user_errors.total);
  for (const auto& [name, api] : figures.api) {
    std::uint64_t by_status = 0;
    for (const auto& [status, count] : api.by_status) by_status += count;
    CHECK(by_status == api.timing.count);
  }
}

/// One of everything, under a few names.
void note_all(Recorder& recorder, int i) {
  const auto number = std::to_string(i % 5);
  recorder.error(recorder.name_of(Dimension::kind, "kind " + number),
                 recorder.type_of("type " + std::to_string(i % 3), shorten), hash_of_user(number));
  recorder.command(recorder.name_of(Dimension::command, "command " + number),
                   static_cast<Outcome>(i % 3), std::chrono::microseconds(i));
  recorder.database(recorder.name_of(Dimension::database, "select"), 3ms);
  recorder.database_error();
  recorder.api(recorder.name_of(Dimension::api, "host"), static_cast<StatusClass>(i % 5), 1ms);
  recorder.suppressed();
}

TEST_SUITE("figures/recorder") {
  TEST_CASE("whatever eight threads write meanwhile, sums agree with their parts") {  // S10.6
    ManualClock clock;
    Recorder recorder(clock.handle());
    constexpr int kThreads = 8;
    constexpr int kRounds = 2000;
    std::atomic<int> running{kThreads};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kRounds; ++i) note_all(recorder, i);
        --running;
      });
    }
    std::uint64_t seen = 0;
    while (running > 0) {
      const Figures figures = recorder.snapshot();
      check_sums(figures);
      CHECK(figures.errors.total >= seen);
      seen = figures.errors.total;
      clock.advance(100ms);
    }
    for (std::thread& thread : threads) thread.join();

    const Figures figures = recorder.snapshot();
    constexpr std::uint64_t kAll = std::uint64_t{kThreads} * kRounds;
    check_sums(figures);
    CHECK(figures.errors.total == kAll);
    CHECK(figures.all_commands.timing.count == kAll);
    CHECK(figures.database.at("select").count == kAll);
    CHECK(figures.database_errors.total == kAll);
    CHECK(figures.api.at("host").timing.count == kAll);
    CHECK(figures.suppressed == kAll);
    CHECK(figures.affected_users == 5);
    CHECK(figures.errors_by_type.size() == 3);
  }

  TEST_CASE("a thousand names are 256 and other, in every dimension") {  // S10.6 S13.5
    ManualClock clock;
    Recorder recorder(clock.handle());
    for (int i = 0; i < 1000; ++i) {
      const std::string name = "name " + std::to_string(i);
      recorder.error(recorder.name_of(Dimension::kind, name), recorder.type_of(name, shorten));
      recorder.command(recorder.name_of(Dimension::command, name), Outcome::ok, 1ms);
      recorder.database(recorder.name_of(Dimension::database, name), 1ms);
      recorder.api(recorder.name_of(Dimension::api, name), StatusClass::none, 1ms);
    }
    const Figures figures = recorder.snapshot();
    check_sums(figures);
    CHECK(figures.errors_by_kind.size() == 257);
    CHECK(figures.errors_by_kind.at("other").total == 744);
    CHECK(figures.errors_by_type.size() == 257);
    CHECK(figures.errors_by_type.at("other").total == 744);
    CHECK(figures.commands.size() == 257);
    CHECK(figures.commands.at("other").timing.count == 744);
    CHECK(figures.database.at("other").count == 744);
    CHECK(figures.api.at("other").timing.count == 744);
  }

  TEST_CASE("a type is shortened once") {
    static int asked;
    asked = 0;
    const auto count_and_shorten = [](const std::string&) {
      ++asked;
      return std::string("Timeout");
    };
    ManualClock clock;
    Recorder recorder(clock.handle());
    const auto id = recorder.type_of("N4shop7TimeoutE", count_and_shorten);
    CHECK(recorder.type_of("N4shop7TimeoutE", count_and_shorten) == id);
    CHECK(recorder.type_of("N3bar7TimeoutE", count_and_shorten) == id);
    CHECK(asked == 2);
  }

  TEST_CASE("counting under known names allocates nothing, also while notes are added up") {
    ManualClock clock;
    Recorder recorder(clock.handle());
    const auto work = [&] {
      recorder.error(recorder.name_of(Dimension::kind, "generic"),
                     recorder.type_of("St13runtime_error", shorten), 7);
      recorder.command(recorder.name_of(Dimension::command, "ban"), Outcome::ok, 1ms);
      recorder.database(recorder.name_of(Dimension::database, "select"), 1ms);
      recorder.api(recorder.name_of(Dimension::api, "host"), StatusClass::ok, 1ms);
    };
    work();
    static_cast<void>(recorder.snapshot());  // the user is known now
    CHECK(tests::count_allocations([&] {
            for (int i = 0; i < 1000; ++i) work();
          }) == 0);
    CHECK(recorder.snapshot().errors.total == 1001);
  }

  TEST_CASE("a run without a duration is counted, not timed") {  // S6.12
    ManualClock clock;
    Recorder recorder(clock.handle());
    const auto ban = recorder.name_of(Dimension::command, "ban");
    recorder.command(ban, Outcome::failed, std::nullopt);
    recorder.command(ban, Outcome::ok, 10ms);
    const CommandFigures figures = recorder.snapshot().commands.at("ban");
    CHECK(figures.timing.count == 1);
    CHECK(figures.timing.mean == 10);
    CHECK(figures.failed.total == 1);
  }
}

}  // namespace
}  // namespace picket::figures
