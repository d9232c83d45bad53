#pragma once

// Tells of the signals that end a service. Nothing of it runs in the signal handler, which only
// wakes a thread:
//
//   const auto watch = picket::watch_signals({.then = [&](int) { server.stop(); }});
//
// Opt-in. Handlers that were there before are called after ours, in signal context, as they expect.

#include "picket/export.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <vector>

namespace picket {

/// Spec: T20.
struct SignalOptions {
  std::vector<int> signals{SIGTERM, SIGINT};

  /// Called with the number of the signal once the message is on its way, on picket's thread
  /// `picket-signals`; what it throws is contained. From then on ending the process is its affair.
  /// Without it a signal that nobody handled before takes its usual effect, after a flush.
  std::function<void(int signal)> then{};

  /// How long that flush may take.
  std::chrono::milliseconds flush_timeout{2000};
};

class SignalWatch;

PICKET_EXPORT SignalWatch watch_signals(SignalOptions options) noexcept;

/// Watches until its end, which puts the former handlers back and waits for a `then` that runs.
/// Threads: ends on any thread, also inside `then`.
class [[nodiscard]] PICKET_EXPORT SignalWatch {
 public:
  SignalWatch() noexcept;  // watches nothing
  SignalWatch(SignalWatch&& other) noexcept;
  SignalWatch& operator=(SignalWatch&& other) noexcept;
  ~SignalWatch();

  /// False when it could not begin: another one watches, or the system refused.
  [[nodiscard]] bool is_watching() const noexcept { return state_ != nullptr; }

 private:
  friend SignalWatch watch_signals(SignalOptions options) noexcept;
  struct State;

  std::shared_ptr<State> state_;
};

/// For each of the signals that arrives captures the message `signal received`, level info, with
/// the tags `signal.received` and `shutdown.reason` and the context `signal`. Signals of one kind
/// that arrive before the first was told are told once. One watch at a time.
/// Errors: an object that watches nothing, and a line in the log that says why.
/// Threads: any. In the child of a fork nobody watches; handlers from before are called there, and
/// without one the signal takes its usual effect. Spec: T20.
PICKET_EXPORT SignalWatch watch_signals(SignalOptions options = {}) noexcept;

/// `flush` on a thread of its own; at most 8 at once. True while off.
/// Errors: the future says false when `timeout` ran out or there was no thread to be had, which is
/// logged; it is not `valid()` when there was no memory for it. Spec: T20.
[[nodiscard]] PICKET_EXPORT std::future<bool> flush_async(
    std::chrono::milliseconds timeout = std::chrono::seconds(10)) noexcept;

}  // namespace picket
