// What scrubbing costs the worker: the texts of a typical event, in which there is nothing to find,
// and 1 MiB that was made to be slow.

#include "harness.hpp"
#include "picket/privacy.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace picket::bench {
namespace {

/// As many as an event with 100 breadcrumbs has.
constexpr std::size_t kTexts = 120;

constexpr std::array<const char*, 4> kTypical{
    "GET https://api.example.org:443/v1/orders/8123?page=2 -> 200 in 12 ms",
    "SELECT id, name FROM customers WHERE region = $1 AND active = true",
    "cache miss for order 8123, asking the database",
    "connection to 10.0.0.12:5432 was refused: errno 111"};

/// Both copy each text; the floor does nothing else.
void texts_of_an_event(::benchmark::State& state, bool is_scrubbed) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kTexts; ++i) {
      const std::string_view text = kTypical[i % kTypical.size()];
      std::string copy = is_scrubbed ? scrub_text(text) : std::string(text);
      ::benchmark::DoNotOptimize(copy);
      bytes += text.size();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void hostile_text(::benchmark::State& state, const char* part) {
  std::string text;
  while (text.size() < (1U << 20U)) text += part;
  for (auto _ : state) ::benchmark::DoNotOptimize(scrub_text(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(texts_of_an_event, scrubbed, true);
BENCHMARK_CAPTURE(texts_of_an_event, floor_copied, false);
BENCHMARK_CAPTURE(hostile_text, ordinary, "the quick brown fox jumps over the lazy dog, id: 17; ");
BENCHMARK_CAPTURE(hostile_text, slashes, ":////");
BENCHMARK_CAPTURE(hostile_text, ats, "a@");
BENCHMARK_CAPTURE(hostile_text, users, "a://b:c@");
BENCHMARK_CAPTURE(hostile_text, tokens, "token=");
BENCHMARK_CAPTURE(hostile_text, names, "token:");
BENCHMARK_CAPTURE(hostile_text, bearers, "Bearer ");

}  // namespace
}  // namespace picket::bench
