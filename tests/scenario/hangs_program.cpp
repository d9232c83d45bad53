// A program that hangs, and tells of it: the argument says how. Each event leaves as one line of
// JSON on the standard output, `EVENT <milliseconds since the hang began> <payload>`, and
// `TRANSACTION <milliseconds>` says when the slow request ended.

#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/testing/memory_transport.hpp"
#include "picket/threads.hpp"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

namespace bank {

std::mutex giro;
std::mutex savings;
std::latch both_hold_one{2};

[[gnu::noinline]] void save() {
  const std::lock_guard from(giro);
  both_hold_one.arrive_and_wait();
  const std::lock_guard to(savings);
  asm volatile("");
}

[[gnu::noinline]] void withdraw() {
  const std::lock_guard from(savings);
  both_hold_one.arrive_and_wait();
  const std::lock_guard to(giro);
  asm volatile("");
}

[[gnu::noinline]] void answer_slowly(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
  asm volatile("");
}

}  // namespace bank

namespace {

std::chrono::steady_clock::time_point begun;

long elapsed() {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now() - begun)
                               .count());
}

picket::Guard start(const std::shared_ptr<picket::testing::MemoryTransport>& transport) {
  return picket::init({.dsn = "https://key@localhost/1",
                       .traces_sample_rate = 1.0,
                       .before_send =
                           [](picket::Event&, picket::Hint&) {
                             std::printf("TOLD %ld\n", elapsed());
                             return picket::Verdict::keep;
                           },
                       .transport = transport});
}

void print(const picket::testing::MemoryTransport& transport) {
  for (const auto& event : transport.captured().events()) {
    std::printf("EVENT %s\n", picket::to_json(event.json()).c_str());
  }
  std::fflush(stdout);
}

/// Ends with two threads that nobody can ever join.
int deadlock() {
  const auto transport = std::make_shared<picket::testing::MemoryTransport>();
  const auto guard = start(transport);
  const picket::Watchdog watchdog("ledger", 100ms);
  std::thread([&] {
    pthread_setname_np(pthread_self(), "saver");
    watchdog.heartbeat();
    bank::save();
  }).detach();
  std::thread([] {
    pthread_setname_np(pthread_self(), "withdrawer");
    bank::withdraw();
  }).detach();
  const bool is_told = transport->wait_for_calls(1, 20s);
  std::this_thread::sleep_for(300ms);  // for a second report, if there were one
  picket::flush(5s);
  print(*transport);
  _exit(is_told ? 0 : 1);
}

int slow_request(std::chrono::milliseconds time, std::chrono::milliseconds limit) {
  const auto transport = std::make_shared<picket::testing::MemoryTransport>();
  const auto guard = start(transport);
  begun = std::chrono::steady_clock::now();
  {
    auto request = picket::start_transaction({.op = "http.server", .name = "GET /balance"});
    const picket::SpanDeadline deadline(request, limit);
    bank::answer_slowly(time);
  }
  std::printf("ENDED %ld\n", elapsed());
  picket::flush(5s);
  print(*transport);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view way = count > 1 ? words[1] : "";
  if (way == "deadlock") return deadlock();
  if (way == "slow" && count == 4) {
    return slow_request(std::chrono::milliseconds(std::atoi(words[2])),
                        std::chrono::milliseconds(std::atoi(words[3])));
  }
  std::fprintf(stderr, "usage: %s deadlock | slow <milliseconds> <deadline>\n", words[0]);
  return 2;
}
