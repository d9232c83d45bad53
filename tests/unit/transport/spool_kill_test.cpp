// The promise of the spool: what was stored survives `kill -9` at any instant, and comes out once.

#include "spool_support.hpp"
#include "transport/spool.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <map>
#include <random>

namespace picket::transport {
namespace {

constexpr std::uint32_t kRounds = 60;
constexpr std::uint32_t kPerRound = 1U << 16U;  // numbers of a round
constexpr DataCategory kPassing = DataCategory::transaction;

/// Stores without end, and tells the numbers of what is safe. What passes through is stored and
/// removed in between, so that tombstones are written and segments end.
[[noreturn]] void store_until_killed(SpoolWorld& world, std::uint32_t round, int out) {
  ::alarm(20);
  const auto spool = world.open();
  world.take_over(*spool);
  std::vector<std::uint32_t> unsaid;
  for (std::uint32_t n = 0; n < kPerRound / 2; ++n) {
    const std::uint32_t number = round * kPerRound + n;
    if (!world.store(*spool, number, DataCategory::error, n * 37 % 900)) ::_exit(1);
    unsaid.push_back(number);
    static_cast<void>(world.store(*spool, number + kPerRound / 2, kPassing));
    if (n % 5 == 0) continue;
    const auto passing = spool->take([](DataCategory c) { return c == kPassing; }, world.lost);
    if (passing) spool->remove(passing->id);
    if (n % 3 != 0 || !spool->sync()) continue;
    for (const std::uint32_t safe : unsaid) {
      if (::write(out, &safe, sizeof safe) != sizeof safe) ::_exit(2);
    }
    unsaid.clear();
  }
  ::_exit(world.lost.empty() ? 0 : 3);
}

/// Reads numbers until there were so many, the time is over, or nobody writes any more.
void listen(int in, std::size_t most, std::chrono::microseconds time, Numbers& heard) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (most > 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd wait{.fd = in, .events = POLLIN, .revents = 0};
    if (left.count() < 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return;
    std::uint32_t number = 0;
    if (::read(in, &number, sizeof number) != sizeof number) return;
    heard.push_back(number);
    --most;
  }
}

TEST_SUITE("transport/spool") {
  TEST_CASE("whatever a killed process had made safe comes out once, and is whole") {
    SpoolWorld world;
    world.settings.max_items = 1U << 20U;
    world.settings.max_bytes = 256U << 20U;
    std::mt19937 random(20260301);  // NOLINT(cert-msc51-cpp): the same on every run
    Numbers promised;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      CAPTURE(round);
      int ends[2] = {};
      REQUIRE(::pipe(ends) == 0);
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) store_until_killed(world, round, ends[1]);
      ::close(ends[1]);
      // In turn after so many envelopes, and after some time, wherever it is then.
      const bool by_count = round % 2 == 0;
      const std::size_t most = by_count ? 1 + random() % 60 : kPerRound;
      const std::chrono::microseconds time(by_count ? 5'000'000 : 500 + random() % 30'000);
      listen(ends[0], most, time, promised);
      ::kill(child, SIGKILL);
      int status = 0;
      CHECK(::waitpid(child, &status, 0) == child);
      CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
      listen(ends[0], kPerRound, std::chrono::seconds(5), promised);
      ::close(ends[0]);
    }
    REQUIRE(promised.size() >= kRounds / 2);

    const auto spool = world.open();
    world.take_over(*spool);
    CHECK(spool->figures().damaged == 0);
    std::map<std::uint32_t, int> times;
    while (const auto parcel = spool->take(kAll, world.lost)) {
      const std::uint32_t number = number_of(parcel->envelope.header().event_id);
      CHECK(parcel->envelope.body().find("{\"n\":" + std::to_string(number) + ",") !=
            std::string::npos);
      ++times[number];
      spool->remove(parcel->id);
    }
    std::size_t missing = 0;
    for (const std::uint32_t number : promised) missing += times.contains(number) ? 0U : 1U;
    CHECK(missing == 0);
    CHECK(std::all_of(times.begin(), times.end(), [](const auto& t) { return t.second == 1; }));
    CHECK(world.lost.empty());
    CHECK(world.files().empty());
    CHECK(world.files(".lock").size() == 1);
    MESSAGE(promised.size(), " promised, ", times.size(), " found");
  }
}

}  // namespace
}  // namespace picket::transport
