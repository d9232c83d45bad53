// A program that fails in the way that its arguments choose.
//
//   crash_program WAY DSN SPOOL
//
// An empty DSN turns picket off; an empty SPOOL means none. `next` only starts and ends, as the
// next run of a program does; `ways` lists all of them.

#include "ways.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace shop {

using namespace std::chrono_literals;

namespace {

constexpr unsigned kSeconds = 20;  // a program that hangs is ended; the test sees it

constinit Arguments* the_arguments = nullptr;
constinit std::string_view the_way{};

/// The first to run; the C library hands the arguments to it as well.
[[gnu::constructor(200)]] void read_arguments(int count, char** words, char**) {
  alarm(kSeconds);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (count != 4) {
    std::fprintf(stderr, "usage: crash_program WAY DSN SPOOL\n");
    _exit(2);
  }
  the_way = words[1];
  the_arguments = new Arguments{words[0], words[2], words[3]};
}

}  // namespace

[[gnu::noinline]] int throw_early() { throw std::runtime_error("no configuration"); }

const Arguments& arguments() { return *the_arguments; }

void wait_until(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
}

picket::Options options() {
  picket::Options made;
  made.dsn = arguments().dsn;
  made.spool_directory = arguments().spool;
  made.spool_replay_interval = 0ms;
  made.release = "shop@1.4.0";
  made.crash_timeout = 5s;  // a busy machine reads debug information slowly
  made.retry_backoff = made.retry_backoff_max = 1ms;
  return made;
}

namespace {

Ways all_ways() {
  Ways all = exception_ways();
  all.merge(signal_ways());
  all.merge(abort_ways());
  all.merge(life_ways());
  return all;
}

/// Static objects are made in this order.
picket::Guard early_guard =
    the_way == "static-initialiser" ? picket::init(options()) : picket::Guard{};
const int early_failure = the_way == "static-initialiser" ? throw_early() : 0;

/// Sends what the run before has left.
int run_next() {
  const picket::Guard guard = picket::init(options());
  // Once this has gone through, the worker has looked at what there is.
  picket::capture_message("the next start");
  picket::flush(10s);
  picket::flush_to_spool(10s);
  int quiet = 0;  // what is taken out of the spool is nowhere for a moment
  wait_until([&quiet] {
    const picket::Stats stats = picket::stats();
    const picket::CategoryStats errors = stats.errors();
    const bool is_done = stats.delivery.spool_items == 0 && errors.pending + errors.spooled == 0;
    quiet = is_done ? quiet + 1 : 0;
    return quiet > 20;
  });
  return 0;
}

int run(Way& way) {
  picket::Options made = options();
  if (way.uses_all_time) made.crash_timeout = 2s;
  if (way.prepare) way.prepare(made);
  std::optional<picket::Guard> guard(picket::init(std::move(made)));
  picket::set_tag("way", the_way);
  picket::add_breadcrumb("about to fail");
  if (way.never_closed) {
    [[maybe_unused]] static auto* const kept = new picket::Guard(std::move(*guard));
  }
  if (way.close_first) guard.reset();
  if (way.fail) way.fail();
  return 0;
}

}  // namespace
}  // namespace shop

int main() {
  if (shop::the_way == "next") return shop::run_next();
  shop::Ways ways = shop::all_ways();
  if (shop::the_way == "ways") {
    for (const auto& [name, way] : ways) std::printf("way %s\n", name.c_str());
    return 0;
  }
  const auto found = ways.find(std::string(shop::the_way));
  if (found == ways.end()) return 2;
  return shop::run(found->second);
}
