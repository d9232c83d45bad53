#include "base/diagnostics.hpp"

#include "base/fork.hpp"
#include "base/guarded.hpp"
#include "base/never_destroyed.hpp"
#include "base/speaking.hpp"

#include <chrono>
#include <cstdio>
#include <memory>

namespace picket::diag {
namespace {

using Seconds = std::chrono::seconds;

struct Voice {
  std::shared_ptr<const Sink> sink;
  Seconds second{};  // the one in which `lines` were said
  std::uint32_t lines = 0;
  std::uint64_t swallowed = 0;
};

std::atomic<Level> least_heard{Level::warning};

// A sink that captures, or logs through us, must not come back here for ever.
thread_local constinit bool speaking = false;

using GuardedVoice = base::Guarded<Voice, base::StaticMutex<base::StaticLock::voice>>;

constinit base::NeverDestroyed<GuardedVoice> the_voice;

GuardedVoice& voice() { return *the_voice; }

void deliver(const std::shared_ptr<const Sink>& sink, Level level, std::string_view line) {
  if (sink != nullptr && *sink) {
    (*sink)(level, line);
    return;
  }
  const std::string text = fmt::format("[picket] {}: {}\n", to_text(level), line);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Seconds this_second() {
  return std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

void configure(Level least, Sink sink) noexcept {
  try {
    auto shared = std::make_shared<const Sink>(std::move(sink));
    voice().with([&](Voice& v) { v.sink.swap(shared); });
    least_heard.store(least, std::memory_order_relaxed);
  } catch (...) {  // out of memory: the former sink stays
  }
}

bool is_speaking() noexcept { return speaking; }

bool hears(Level level) noexcept { return level >= least_heard.load(std::memory_order_relaxed); }

void say(Level level, std::string_view line) noexcept {
  if (hears(level)) say(level, line, this_second());
}

void say(Level level, std::string_view line, Seconds now) noexcept {
  if (speaking || !hears(level)) return;
  speaking = true;
  try {
    std::shared_ptr<const Sink> sink;
    std::uint64_t swallowed = 0;
    const bool heard = voice().with([&](Voice& v) {
      sink = v.sink;
      if (now != v.second) {
        v.second = now;
        v.lines = 0;
        swallowed = std::exchange(v.swallowed, 0);
      }
      if (level < Level::warning || v.lines++ < kMaxLinesPerSecond) return true;
      ++v.swallowed;
      return false;
    });
    if (swallowed > 0) {
      deliver(sink, Level::warning, fmt::format("{} diagnostics were left out", swallowed));
    }
    if (heard) deliver(sink, level, line);
  } catch (...) {  // a throwing sink is the host's business; ours is to go on
  }
  speaking = false;
}

void contained(const char* what) noexcept {
  log(Level::error, "contained: {}", what == nullptr ? "(no text)" : what);
}

}  // namespace picket::diag
