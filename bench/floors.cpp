#include "floors.hpp"

#include "workload.hpp"

#include <execinfo.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

namespace picket::bench {
namespace {

/// Tells the compiler that somebody looks at `value`.
template <class T>
void keep(T& value) {
  asm volatile("" : "+m"(value) : : "memory");
}

std::uint64_t next_random() noexcept {
  thread_local std::uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state << 13U;
  state ^= state >> 7U;
  state ^= state << 17U;
  return state;
}

struct Slot {
  std::array<std::uint64_t, 2> id{};
  std::chrono::system_clock::time_point time{};
  char text[64]{};
};

std::atomic<bool> is_on{false};

void read_clock(int times) {
  for (int i = 0; i < times; ++i) {
    auto now = std::chrono::steady_clock::now();
    keep(now);
  }
}

}  // namespace

void floor_load_and_branch(int times) {
  for (int i = 0; i < times; ++i) {
    if (is_on.load(std::memory_order_acquire)) next_random();
    asm volatile("" : : : "memory");
  }
}

void floor_clock_and_copy(int times) {
  Slot slot;
  for (int i = 0; i < times; ++i) {
    slot.time = std::chrono::system_clock::now();
    std::memcpy(slot.text, kText, std::strlen(kText));
    keep(slot);
  }
}

void floor_id_clock_and_slot(int times) {
  static std::mutex mutex;
  static std::array<Slot, 256> queue;
  static std::size_t next = 0;
  for (int i = 0; i < times; ++i) {
    Slot slot{.id = {next_random(), next_random()}, .time = std::chrono::system_clock::now()};
    std::memcpy(slot.text, kText, std::strlen(kText));
    const std::lock_guard lock(mutex);
    queue[next++ % queue.size()] = slot;
    keep(queue);
  }
}

void floor_unwind(int times) {
  auto unwind = [] {
    std::array<void*, 128> addresses;
    backtrace(addresses.data(), static_cast<int>(addresses.size()));
    keep(addresses);
  };
  for (int i = 0; i < times; ++i) call_from_below(kDepth, unwind);
}

void floor_clock_read(int times) { read_clock(times); }
void floor_2_clock_reads(int times) { read_clock(2 * times); }
void floor_22_clock_reads(int times) { read_clock(22 * times); }
void floor_202_clock_reads(int times) { read_clock(202 * times); }

void floor_11_ids(int times) {
  for (int i = 0; i < 11 * times; ++i) {
    std::uint64_t id = next_random();
    keep(id);
  }
}

void floor_random_number(int times) {
  for (int i = 0; i < times; ++i) {
    std::uint64_t number = next_random();
    keep(number);
  }
}

void floor_two_copies(int times) {
  const std::string trace(50, 'x');
  const std::string baggage(200, 'x');
  for (int i = 0; i < times; ++i) {
    std::string first = trace;
    std::string second = baggage;
    keep(first);
    keep(second);
  }
}

void floor_thread_start(int times) {
  for (int i = 0; i < times; ++i) std::thread([] {}).join();
}

}  // namespace picket::bench
