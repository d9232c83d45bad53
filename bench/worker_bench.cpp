// What the worker pays for an event: merging the scopes, scrubbing, writing the JSON; and what a
// program pays that reads an envelope back.

#include "harness.hpp"
#include "picket/envelope.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::bench {
namespace {

/// Notes the worker's CPU at each envelope: the worker itself calls it.
class Watching final : public Transport {
 public:
  TransportResponse send(std::string_view envelope) override {
    cpu.push_back(static_cast<double>(thread_cpu_ns()));
    last = envelope;
    return {.status = 200};
  }

  std::vector<double> cpu{};
  std::string last{};
};

double copying(const std::string& text, int times) {
  std::vector<char> copy(text.size());
  const Took took = time([&] {
    for (int i = 0; i < times; ++i) {
      std::memcpy(copy.data(), text.data(), text.size());
      ::benchmark::DoNotOptimize(copy.data());
      ::benchmark::ClobberMemory();
    }
  });
  return took.cpu / times;
}

/// From one envelope to the next, in bursts. The floor copies the bytes of the envelope.
void serialize_event(::benchmark::State& state) {
  const auto transport = std::make_shared<Watching>();
  const Stage stage(World::discarding, {.transport = transport});
  fill_scope(state.range(0));
  double cpu = 0;
  while (state.KeepRunningBatch(kBurst)) {
    transport->cpu.clear();
    for (int i = 0; i <= kBurst; ++i) capture_message(kText);
    flush(std::chrono::seconds(60));
    const double took = transport->cpu.back() - transport->cpu.front();
    const double each = took / static_cast<double>(transport->cpu.size() - 1);
    state.SetIterationTime(each * kBurst / 1e9);
    cpu += each * kBurst;
  }
  state.counters["cpu_ns"] = ::benchmark::Counter(cpu, ::benchmark::Counter::kAvgIterations);
  state.counters["floor_ns"] = copying(transport->last, 1000);
  state.counters["size"] = static_cast<double>(transport->last.size());
}

/// The envelope of an event with 20 breadcrumbs.
void parse_envelope(::benchmark::State& state) {
  const auto transport = std::make_shared<Watching>();
  const Stage stage(World::discarding, {.transport = transport});
  fill_scope(20);
  capture_message(kText);
  flush(std::chrono::seconds(60));
  static std::string bytes;
  bytes = transport->last;
  const auto floor = [](int times) { copying(bytes, times); };
  measure(state, floor, [] { ::benchmark::DoNotOptimize(Envelope::parse(bytes)); });
  state.counters["size"] = static_cast<double>(bytes.size());
}

BENCHMARK(serialize_event)->Arg(0)->Arg(20)->Arg(100)->Apply(on_one_thread);
BENCHMARK(parse_envelope)->Apply(on_one_thread);

}  // namespace
}  // namespace picket::bench
