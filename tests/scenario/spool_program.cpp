// A host that captures without end, and says on its standard output which events are safe.
//
//   picket_spool_program run    DSN DIRECTORY SEED reachable|away
//   picket_spool_program finish DSN DIRECTORY

#include "picket/picket.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;

picket::Options options(const std::string& dsn, const std::string& directory) {
  picket::Options made;
  made.dsn = dsn;
  made.release = "shop@1.4.0";
  made.spool_directory = directory;
  made.spool_replay_interval = 0ms;
  made.retry_backoff = 1ms;
  made.retry_backoff_max = 20ms;
  made.spool_max_items = 100'000;
  made.sample_rate = 1.0;
  return made;
}

bool say(const std::string& text) {
  return write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

int capture_until_killed(const picket::Options& options, unsigned seed) {
  const auto guard = picket::init(options);
  std::mt19937 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    std::string safe;
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      const auto id = picket::capture_message("event " + std::to_string(seed) + "." +
                                              std::to_string(i) + "." + std::to_string(n));
      if (!id) return 2;
      safe.append(id.to_string()).append("\n");
    }
    // What is not safe yet is not promised; the next turn covers it too, but does not say so.
    if (picket::flush_to_spool(10s) && !say(safe)) return 3;
  }
  return 4;
}

/// Until nothing is left that this process can know of.
int finish(const picket::Options& options) {
  const auto guard = picket::init(options);
  const auto until = std::chrono::steady_clock::now() + 60s;
  picket::DeliveryStats delivery;
  int quiet = 0;
  while (quiet < 20 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(10ms);  // it looks at what earlier ones left behind by itself
    delivery = picket::stats().delivery;
    const bool done = delivery.spool_items == 0 && delivery.queue_items == 0 && picket::flush(1s);
    quiet = done ? quiet + 1 : 0;
  }
  if (!picket::close(10s)) return 5;
  const auto errors = picket::stats().errors();
  say("damaged " + std::to_string(delivery.spool_damaged) + "\n");
  say("left " + std::to_string(errors.spooled + errors.pending) + "\n");
  say("dropped " + std::to_string(errors.dropped_total()) + "\n");
  return quiet == 20 ? 0 : 6;
}

}  // namespace

int main(int argc, char** argv) {
  alarm(120);
  const std::string_view way = argc > 3 ? argv[1] : "";
  if (way == "finish") return finish(options(argv[2], argv[3]));
  if (way != "run" || argc != 6) return 1;
  picket::Options made = options(argv[2], argv[3]);
  // The same DSN, by a way on which nobody answers: the port of the discard service is closed.
  if (argv[5] == std::string_view("away")) made.tunnel = "http://127.0.0.1:9/";
  return capture_until_killed(made, static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10)));
}
