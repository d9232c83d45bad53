#include "picket/signals.hpp"

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "picket/picket.hpp"
#include "service/signal_wire.hpp"
#include "transport/named_thread.hpp"

#include <atomic>
#include <thread>
#include <utility>

namespace picket {
namespace {

std::string_view shutdown_type(int signal) noexcept {
  return signal == SIGINT ? "interrupt" : "terminate";
}

void tell(int signal) {
  const std::string name = service::signal_name(signal);
  capture_message("signal received", Level::info,
                  {.tags = {{"signal.received", name}, {"shutdown.reason", "signal"}},
                   .contexts = {{"signal",
                                 {{"number", signal},
                                  {"name", name},
                                  {"shutdown_type", shutdown_type(signal)},
                                  {"is_error", false}}}}});
}

}  // namespace

struct SignalWatch::State {
  SignalOptions options{};
  std::unique_ptr<service::SignalWire> wire{};
  std::unique_ptr<std::thread> thread{};
  std::atomic<bool> is_over{false};

  void run() {
    while (!is_over.load()) {
      for (const int signal : wire->wait()) {
        if (!is_over.load()) base::contain([&] { deal_with(signal); });
      }
    }
  }

  void deal_with(int signal) {
    tell(signal);
    if (options.then) {
      options.then(signal);
    } else if (wire->was_unhandled(signal)) {
      flush(options.flush_timeout);
      wire->take_usual_effect(signal);
    }
  }

  void end() {
    wire->release_handlers();
    if (!wire->is_of_this_process()) {
      static_cast<void>(thread.release());  // it does not exist here, nobody can wait for it
      return;
    }
    is_over.store(true);
    wire->interrupt();
    if (!thread) return;
    if (thread->get_id() == std::this_thread::get_id()) {
      thread->detach();  // inside `then`
    } else {
      thread->join();
    }
  }
};

SignalWatch::SignalWatch() noexcept = default;
SignalWatch::SignalWatch(SignalWatch&& other) noexcept = default;

SignalWatch& SignalWatch::operator=(SignalWatch&& other) noexcept {
  if (this != &other) {
    const SignalWatch ended(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}

SignalWatch::~SignalWatch() {
  if (state_ != nullptr) base::contain([&] { state_->end(); });
}

SignalWatch watch_signals(SignalOptions options) noexcept {
  return base::contain(SignalWatch(), [&] {
    SignalWatch watch;
    auto state = std::make_shared<SignalWatch::State>();
    state->options = std::move(options);
    std::string error;
    state->wire = service::SignalWire::open(state->options.signals, error);
    if (state->wire == nullptr) {
      diag::error("signals are not watched: {}", error);
      return watch;
    }
    // The thread keeps what it works with: the watch may end inside `then`.
    state->thread = std::make_unique<std::thread>(
        transport::start_named_thread("picket-signals", [state] { state->run(); }));
    watch.state_ = std::move(state);
    return watch;
  });
}

namespace {

/// Flushes that are under way. The threads of a parent do not count in its child.
class FlushCount {
 public:
  bool enter() noexcept {
    const std::uint32_t now = base::fork_generation();
    if (generation_.exchange(now) != now) count_.store(0);
    if (count_.fetch_add(1) < kMax) return true;
    leave();
    return false;
  }
  void leave() noexcept { count_.fetch_sub(1); }

 private:
  static constexpr int kMax = 8;
  std::atomic<int> count_{0};
  std::atomic<std::uint32_t> generation_{0};
};

constinit FlushCount flushes;

/// False when there is no thread to be had.
bool flush_on_a_thread(const std::shared_ptr<std::promise<bool>>& done,
                       std::chrono::milliseconds timeout) {
  auto work = [done, timeout, client = current_client()] {
    const bool in_time = client.flush(timeout);
    if (!in_time) diag::warn("flush_async ran out of time");
    flushes.leave();
    base::contain([&] { done->set_value(in_time); });
  };
  const bool started = base::contain(false, [&] {
    transport::start_named_thread("picket-flush", std::move(work)).detach();
    return true;
  });
  if (!started) flushes.leave();
  return started;
}

}  // namespace

std::future<bool> flush_async(std::chrono::milliseconds timeout) noexcept {
  return base::contain(std::future<bool>(), [&] {
    const auto done = std::make_shared<std::promise<bool>>();
    std::future<bool> answer = done->get_future();
    if (!is_initialized()) {
      done->set_value(true);
    } else if (!flushes.enter()) {
      diag::warn("flush_async: too many at once");
      done->set_value(false);
    } else if (!flush_on_a_thread(done, timeout)) {
      done->set_value(false);
    }
    return answer;
  });
}

}  // namespace picket
