#pragma once

// A `ThreadSlot<T>` is a thread-local `T` that may be asked for at any time, also by destructors of
// other thread-locals and of statics that run after its own: from then on it answers null.

#include <cstddef>
#include <new>
#include <type_traits>

namespace picket::scope {

template <class T>
class ThreadSlot {
 public:
  /// The calling thread's value, made on first use; null once its locals have been torn down.
  static T* get() noexcept {
    State& state = of_thread();
    if (state.phase != Phase::alive && !wake(state)) return nullptr;
    return value_in(state);
  }

  /// The calling thread's value if there is one. Threads: any, signal handler.
  static const T* peek() noexcept {
    State& state = of_thread();
    return state.phase == Phase::alive ? value_in(state) : nullptr;
  }

 private:
  static_assert(std::is_nothrow_default_constructible_v<T>);

  enum class Phase : unsigned char { unborn, alive, gone };

  // Trivially destructible, so it can be read for as long as the thread runs.
  struct State {
    alignas(T) std::byte memory[sizeof(T)];
    Phase phase;
  };

  struct Owner {
    ~Owner() {
      State& state = of_thread();
      if (state.phase != Phase::alive) return;
      state.phase = Phase::gone;  // first: destroying the value may come back here
      value_in(state)->~T();
    }
    void watch() const noexcept {}
  };

  static State& of_thread() noexcept {
    static thread_local constinit State state{};
    return state;
  }

  static T* value_in(State& state) noexcept {
    return std::launder(reinterpret_cast<T*>(state.memory));
  }

  static bool wake(State& state) noexcept {
    if (state.phase == Phase::gone) return false;
    static thread_local const Owner owner{};
    owner.watch();  // its first use is what registers the destructor
    new (state.memory) T();
    state.phase = Phase::alive;
    return true;
  }
};

}  // namespace picket::scope
