// A server that accepts and never answers: memory stays bounded, `close` keeps its deadline, and
// every capture is accounted for. (Peers grow by hundreds of megabytes and overrun by seconds.)

#include "picket/picket.hpp"
#include "support/silent_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace picket {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsMeaningful = false;  // sanitizers keep freed memory
#else
constexpr bool kMemoryIsMeaningful = true;
#endif

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  throw std::runtime_error("no VmRSS in /proc/self/status");
}

void capture_something(int i) {
  try {
    throw std::runtime_error("failure " + std::to_string(i));
  } catch (const std::exception& error) {
    capture_exception(error, {.extra_context = {{"number", i}}});
  }
}

TEST_SUITE("scenario/hung_server") {
  TEST_CASE("20 000 captures against a silent server cost less than 16 MiB") {  // S2.5, S13.5
    const tests::SilentServer server;
    Options options;
    options.dsn = server.dsn();
    std::atomic<bool> is_named{false};
    options.before_send = [&](Event&, Hint&) {
      is_named = true;
      return Verdict::keep;
    };
    const Guard guard = init(options);
    REQUIRE(is_initialized());
    for (int i = 0; i < 100; ++i) add_breadcrumb("note " + std::to_string(i));
    capture_something(0);
    // Reading the debug information of this program costs memory once, whatever the server does.
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (!is_named && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(1ms);
    }
    REQUIRE(is_named);

    const std::size_t before = resident_kib();
    for (int i = 1; i < 20'000; ++i) {
      add_breadcrumb("before " + std::to_string(i), {.data = {{"number", i}}});
      capture_something(i);
    }
    const std::size_t after = resident_kib();
    const std::size_t grown = after > before ? after - before : 0;
    MESSAGE("resident memory grew by " << grown << " KiB");
    if (kMemoryIsMeaningful) CHECK(grown < 16 * 1024);

    CategoryStats errors = stats().errors();
    CHECK(errors.captured == 20'000);
    CHECK(errors.captured == errors.sent + errors.dropped_total() + errors.pending);
    CHECK(errors.pending > 0);

    // A deadline is a promise: generous only towards a loaded machine.
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(close(200ms));
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    errors = stats().errors();
    CHECK(errors.captured == 20'000);
    CHECK(errors.pending == 0);
    CHECK(errors.captured == errors.sent + errors.dropped_total());
  }
}

}  // namespace
}  // namespace picket
