// The system calls of `watch_signals`. What runs in the signal handler uses lock-free atomics and
// getpid, write, sigaction and raise, all of which POSIX lists as async-signal-safe.

#include "service/signal_wire.hpp"

#include "base/fork.hpp"

#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace picket::service {
namespace {

constexpr int kSignals = 65;  // Linux has 64, from 1

/// What the handler knows of one signal. Written before the handler can run.
struct Slot {
  struct sigaction former {};
  std::atomic<bool> is_ours{false};  // our handler is set, or below one that was set above it
  std::atomic<bool> has_arrived{false};
};

constinit std::array<Slot, kSignals> slots{};
constinit std::atomic<pid_t> watching{0};  // the process; zero: none
constinit std::atomic<int> wake_end{-1};
constinit std::atomic<int> inside{0};  // handlers that may still use `wake_end`
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

bool is_valid(int signal) noexcept { return signal > 0 && signal < kSignals; }

Slot& slot_of(int signal) noexcept { return slots[static_cast<std::size_t>(signal)]; }

bool has_function(const struct sigaction& action) noexcept {
  if ((action.sa_flags & SA_SIGINFO) != 0) return action.sa_sigaction != nullptr;
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

extern "C" void picket_on_signal(int signal, siginfo_t* info, void* context);

bool is_on_top(int signal) noexcept {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == picket_on_signal;
}

void wake(int signal) noexcept {
  inside.fetch_add(1);
  if (const int end = wake_end.load(); end >= 0) {
    slot_of(signal).has_arrived.store(true);
    const char byte = 0;
    [[maybe_unused]] const ssize_t ignored = write(end, &byte, 1);  // full: the reader is awake
  }
  inside.fetch_sub(1);
}

/// In the child of a fork nobody watches. It must not become a process that no signal ends.
void act_as_unwatched(int signal) noexcept {
  if (!is_on_top(signal)) return;  // somebody above us handles it
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  raise(signal);  // arrives once the handler has returned
}

extern "C" void picket_on_signal(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  const struct sigaction& former = slot_of(signal).former;
  const bool is_here = watching.load() == getpid();
  if (is_here) wake(signal);
  if (has_function(former)) {
    errno = saved;
    if ((former.sa_flags & SA_SIGINFO) != 0) {
      former.sa_sigaction(signal, info, context);
    } else {
      former.sa_handler(signal);
    }
    return;
  }
  if (!is_here && former.sa_handler == SIG_DFL) act_as_unwatched(signal);
  errno = saved;
}

/// Whether interrupted system calls go on is left as the host had it.
bool set_handler(int signal) noexcept {
  Slot& slot = slot_of(signal);
  slot.has_arrived.store(false);
  if (slot.is_ours.load()) return true;  // inherited, or below somebody else's
  if (sigaction(signal, nullptr, &slot.former) != 0) return false;
  struct sigaction ours {};
  const bool had_one = has_function(slot.former);
  ours.sa_sigaction = picket_on_signal;
  ours.sa_mask = slot.former.sa_mask;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK |
                  (had_one ? slot.former.sa_flags & (SA_RESTART | SA_NODEFER) : SA_RESTART);
  slot.is_ours.store(sigaction(signal, &ours, nullptr) == 0);
  return slot.is_ours.load();
}

void reset_handler(int signal) noexcept {
  Slot& slot = slot_of(signal);
  if (!slot.is_ours.load() || !is_on_top(signal)) return;
  sigaction(signal, &slot.former, nullptr);
  slot.is_ours.store(false);
}

/// Handlers take microseconds; a thread that is stopped inside one keeps us for a second.
bool wait_for_handlers() noexcept {
  for (int i = 0; i < 1000 && inside.load() > 0; ++i) {
    const timespec moment{.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&moment, nullptr);
  }
  return inside.load() == 0;
}

}  // namespace

bool SignalWire::open_pipe() noexcept {
  int ends[2] = {-1, -1};
  const base::NoFork whole;
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  read_end_ = ends[0];
  write_end_ = ends[1];
  base::close_in_child(read_end_);
  base::close_in_child(write_end_);
  return true;
}

void SignalWire::close_pipe() noexcept {
  const base::NoFork whole;
  for (int* const end : {&read_end_, &write_end_}) {
    if (*end < 0) continue;
    base::forget(*end);
    ::close(*end);
    *end = -1;
  }
}

std::unique_ptr<SignalWire> SignalWire::open(const std::vector<int>& signals, std::string& error) {
  std::unique_ptr<SignalWire> wire(new SignalWire());
  wire->signals_ = signals;
  wire->process_ = getpid();
  pid_t former = watching.load();
  if (former == wire->process_ || !watching.compare_exchange_strong(former, wire->process_)) {
    error = "somebody watches already";
    wire->process_ = 0;
    return nullptr;
  }
  wire->holds_handlers_ = true;
  if (!wire->open_pipe()) {
    error = fmt::format("no pipe: {}", std::strerror(errno));
    return nullptr;
  }
  inside.store(0);  // in the child of a fork that came in the middle of a handler
  wake_end.store(wire->write_end_);
  for (const int signal : signals) {
    if (is_valid(signal) && set_handler(signal)) continue;
    error = fmt::format("signal {} cannot be handled", signal);
    return nullptr;
  }
  return wire;
}

SignalWire::~SignalWire() {
  release_handlers();
  if (!is_of_this_process()) return;  // the pipe was closed by the fork
  wake_end.store(-1);
  if (wait_for_handlers()) close_pipe();
  watching.store(0);
}

void SignalWire::release_handlers() noexcept {
  if (!holds_handlers_ || watching.load() != process_) return;  // a child may watch anew
  holds_handlers_ = false;
  for (const int signal : signals_) {
    if (is_valid(signal)) reset_handler(signal);
  }
}

std::vector<int> SignalWire::wait() {
  pollfd readable{.fd = read_end_, .events = POLLIN, .revents = 0};
  while (poll(&readable, 1, -1) < 0 && errno == EINTR) {
  }
  std::array<char, 64> bytes{};
  while (read(read_end_, bytes.data(), bytes.size()) > 0) {
  }
  std::vector<int> arrived;
  for (const int signal : signals_) {
    if (slot_of(signal).has_arrived.exchange(false)) arrived.push_back(signal);
  }
  return arrived;
}

void SignalWire::interrupt() noexcept {
  const char byte = 0;
  [[maybe_unused]] const ssize_t ignored = write(write_end_, &byte, 1);  // full: it is awake
}

bool SignalWire::was_unhandled(int signal) const noexcept {
  const struct sigaction& former = slot_of(signal).former;
  return !has_function(former) && former.sa_handler == SIG_DFL;
}

void SignalWire::take_usual_effect(int signal) const noexcept {
  if (!is_on_top(signal)) return;  // somebody above us handles it
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  slot_of(signal).is_ours.store(false);
  kill(getpid(), signal);
}

bool SignalWire::is_of_this_process() const noexcept { return process_ == getpid(); }

std::string signal_name(int signal) {
  switch (signal) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    case SIGQUIT:
      return "SIGQUIT";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    default:
      return fmt::format("signal {}", signal);
  }
}

}  // namespace picket::service
