#include "harness.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace picket::bench {
namespace {

thread_local constinit Heap used;

void* take(std::size_t size, std::size_t alignment = 0) {
  ++used.allocations;
  used.bytes += size;
  void* const memory =
      alignment == 0 ? std::malloc(size == 0 ? 1 : size)
                     : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Lets so many threads go on when all have come.
class Meeting {
 public:
  void wait(int threads) {
    std::unique_lock lock(mutex_);
    if (++arrived_ == threads) {
      arrived_ = 0;
      ++number_;
      all_.notify_all();
      return;
    }
    all_.wait(lock, [this, number = number_] { return number_ != number; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  int arrived_ = 0;
  std::uint64_t number_ = 0;
};

Meeting meeting;

double dropped() {
  std::uint64_t sum = 0;
  for (const auto& [category, counts] : stats().categories) {
    for (const auto& [reason, count] : counts.dropped) {
      if (reason != "sample_rate") sum += count;
    }
  }
  return static_cast<double>(sum);
}

void configure(::benchmark::internal::Benchmark* one, int bursts) {
  one->UseManualTime()->Iterations(bursts * kBurst);
}

constexpr int kBursts = 20;
constexpr int kBurstsOverHttp = 2;

}  // namespace

Sink& loopback() {
  static Sink sink;
  return sink;
}

Heap heap() noexcept { return used; }

Stage::Stage(World world, Options options) { start(world, std::move(options)); }

Stage::Stage(::benchmark::State& state, World world, Options options) : state_(&state) {
  if (state.thread_index() == 0) {
    start(world, std::move(options));
    meet();
  } else {
    meet();
    start(World::off, {});
  }
}

void Stage::start(World world, Options options) {
  if (world == World::loopback) options.dsn = loopback().dsn();
  if (world == World::discarding && options.transport == nullptr) {
    options.transport = discarding_transport();
  }
  if (world != World::off) guard_.emplace(init(with_defaults(std::move(options))));
  unit_of_work_ = isolate();
  configure_scope([](Scope& scope) { scope.clear(); });
}

Stage::~Stage() {
  unit_of_work_ = ScopeGuard();
  meet();
  if (!guard_) return;
  flush(std::chrono::seconds(60));
  if (state_ != nullptr) state_->counters["dropped"] = dropped();
}

void Stage::meet() {
  if (state_ != nullptr) meeting.wait(state_->threads());
}

CountAllocations::~CountAllocations() {
  const auto report = [this](const char* name, std::size_t count) {
    state_.counters[name] =
        ::benchmark::Counter(static_cast<double>(count), ::benchmark::Counter::kAvgIterations);
  };
  report("allocations", heap().allocations - before_.allocations);
  report("bytes", heap().bytes - before_.bytes);
}

void Totals::add(const Took& call, const Took& floor, const Heap& before, const Heap& after) {
  call_.cpu += call.cpu;
  call_.wall += call.wall;
  floor_.cpu += floor.cpu;
  floor_.wall += floor.wall;
  heap_.allocations += after.allocations - before.allocations;
  heap_.bytes += after.bytes - before.bytes;
}

void Totals::report(::benchmark::State& state) const {
  const auto report = [&](const char* name, double sum) {
    state.counters[name] = ::benchmark::Counter(sum, ::benchmark::Counter::kAvgIterations);
  };
  report("cpu_ns", call_.cpu);
  report("wall_ns", call_.wall);
  report("floor_ns", floor_.cpu);
  report("allocations", static_cast<double>(heap_.allocations));
  report("bytes", static_cast<double>(heap_.bytes));
}

void on_threads(::benchmark::internal::Benchmark* one) {
  configure(one, kBursts);
  for (const int threads : {1, 2, 4, 8}) one->Threads(threads);
}

void on_threads_over_http(::benchmark::internal::Benchmark* one) {
  configure(one, kBurstsOverHttp);
  for (const int threads : {1, 2, 4, 8}) one->Threads(threads);
}

void on_one_thread(::benchmark::internal::Benchmark* one) { configure(one, kBursts); }

void on_one_thread_over_http(::benchmark::internal::Benchmark* one) {
  configure(one, kBurstsOverHttp);
}

}  // namespace picket::bench

void* operator new(std::size_t size) { return picket::bench::take(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return picket::bench::take(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
