#include "crash/once.hpp"

#include "base/text.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

namespace picket::crash {
namespace {

enum class Phase : std::uint64_t { quiet, telling, told, failed };

/// One word, so that it changes as a whole: the process, the thread that tells, the teller, the
/// phase. Linux numbers processes and threads with 22 bits.
struct State {
  std::uint64_t process = 0;
  std::uint64_t thread = 0;
  Teller teller = Teller::signal_handler;
  Phase phase = Phase::quiet;
};

constexpr std::uint64_t kIdMask = (std::uint64_t{1} << 24U) - 1;

constexpr std::uint64_t pack(const State& state) noexcept {
  return (state.process & kIdMask) << 40U | (state.thread & kIdMask) << 16U |
         static_cast<std::uint64_t>(state.teller) << 8U | static_cast<std::uint64_t>(state.phase);
}

constexpr State unpack(std::uint64_t word) noexcept {
  return {.process = word >> 40U,
          .thread = word >> 16U & kIdMask,
          .teller = static_cast<Teller>(word >> 8U & 0xFFU),
          .phase = static_cast<Phase>(word & 0xFFU)};
}

using Ticks = std::chrono::steady_clock::rep;

constinit std::atomic<std::uint64_t> the_state{0};
constinit std::atomic<Ticks> the_deadline{0};
constinit std::atomic<std::uint64_t> story_process{0};  // whose story is there; zero: none
constinit Story the_story{};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<Ticks>::is_always_lock_free);

std::uint64_t this_process() noexcept { return static_cast<std::uint64_t>(getpid()) & kIdMask; }

std::uint64_t this_thread() noexcept {
  return static_cast<std::uint64_t>(syscall(SYS_gettid)) & kIdMask;
}

/// What a parent was telling is nothing to its child.
State own(std::uint64_t word) noexcept {
  const State state = unpack(word);
  return state.process == this_process() ? state : State{};
}

/// Whether `teller` may take what another turn on the same thread has left unfinished.
bool takes_over(const State& state, Teller teller) noexcept {
  return teller == Teller::signal_handler && state.teller == Teller::terminate_handler;
}

void set_text(char* field, std::size_t room, std::string_view text) noexcept {
  const std::string_view fitting = base::utf8_prefix(text, room - 1);
  std::memcpy(field, fitting.data(), fitting.size());
  field[fitting.size()] = '\0';
}

}  // namespace

Turn begin_telling(Teller teller, base::Deadline deadline) noexcept {
  const State mine{.process = this_process(),
                   .thread = this_thread(),
                   .teller = teller,
                   .phase = Phase::telling};
  std::uint64_t word = the_state.load();
  for (;;) {
    const State now = own(word);
    if (now.phase == Phase::told) return Turn::told;
    if (now.phase == Phase::telling) {
      if (now.thread != mine.thread) return Turn::busy;
      if (!takes_over(now, teller)) return Turn::nested;
    }
    if (!the_state.compare_exchange_strong(word, pack(mine))) continue;
    if (now.phase == Phase::quiet) {
      story_process.store(0);
      the_deadline.store(deadline.time_since_epoch().count());
    }
    return Turn::tell;
  }
}

void end_telling(bool told) noexcept {
  State state = own(the_state.load());
  if (state.phase != Phase::telling || state.thread != this_thread()) return;
  state.phase = told ? Phase::told : Phase::failed;
  the_state.store(pack(state));
}

base::Deadline telling_deadline() noexcept {
  return base::Deadline(base::Deadline::duration(the_deadline.load()));
}

void wait_for_teller() noexcept {
  constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 1'000'000};
  for (;;) {
    const State now = own(the_state.load());
    if (now.phase != Phase::telling || now.thread == this_thread()) return;
    const base::Deadline deadline = telling_deadline();  // not set yet when the turn is brand new
    if (deadline != base::Deadline{} && base::deadline_in({}) >= deadline) return;
    nanosleep(&kMoment, nullptr);
  }
}

bool expire_telling() noexcept {
  std::uint64_t word = the_state.load();
  State state = own(word);
  if (state.phase != Phase::telling || state.teller != Teller::terminate_handler) return false;
  state.phase = Phase::failed;
  return the_state.compare_exchange_strong(word, pack(state));
}

void forget_failure() noexcept {
  story_process.store(0);
  the_deadline.store(0);
  the_state.store(0);
}

Story& story_to_note() noexcept { return the_story; }

void publish_story() noexcept { story_process.store(this_process()); }

void set_text(std::array<char, 256>& field, std::string_view text) noexcept {
  set_text(field.data(), field.size(), text);
}

void set_text(std::array<char, 1024>& field, std::string_view text) noexcept {
  set_text(field.data(), field.size(), text);
}

const Story* untold_story() noexcept {
  return story_process.load() == this_process() ? &the_story : nullptr;
}

}  // namespace picket::crash
