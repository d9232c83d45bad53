// A small host that starts as its environment says. Its arguments are what it sets by itself:
// `environment=x`, `release=x`, `debug-mode`; `burst` has it capture ten thousand times. It tells
// `status <number>`, and of a burst `slowest <microseconds>`.

#include "picket/picket.hpp"

#include <chrono>
#include <cstdio>
#include <string_view>

namespace {

using std::chrono::milliseconds;

picket::Options read_options(int count, char** arguments) {
  picket::Options options;
  options.traces_sample_rate = 1.0;
  options.shutdown_timeout = milliseconds(200);
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const std::string_view value = argument.substr(argument.find('=') + 1);
    if (argument.starts_with("environment=")) options.environment = value;
    if (argument.starts_with("release=")) options.release = value;
    if (argument == "debug-mode") options.host_debug_mode = true;
  }
  return options;
}

/// How long the slowest of ten thousand captures took.
std::chrono::microseconds burst() {
  std::chrono::steady_clock::duration slowest{};
  for (int i = 0; i < 10'000; ++i) {
    const auto start = std::chrono::steady_clock::now();
    picket::add_breadcrumb("note");
    picket::capture_message("one of many");
    slowest = std::max(slowest, std::chrono::steady_clock::now() - start);
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(slowest);
}

}  // namespace

int main(int count, char** arguments) {
  const picket::Guard guard = picket::init(read_options(count, arguments));
  std::printf("status %d\n", static_cast<int>(guard.status()));
  if (std::string_view(arguments[count - 1]) == "burst") {
    std::printf("slowest %lld\n", static_cast<long long>(burst().count()));
    return 0;  // the end of the guard waits, but not for ever
  }
  picket::capture_message("set up");
  picket::start_transaction({.op = "task", .name = "set up"}).finish();
  return guard.flush(milliseconds(20'000)) ? 0 : 1;
}
