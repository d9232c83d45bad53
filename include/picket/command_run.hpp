#pragma once

// Work that is suspended and goes on elsewhere: coroutines, callbacks, state machines. Nothing in
// a thread-local survives a suspension, so the scopes and the current span of such work live in an
// object of its own, which the thread that goes on with it enters:
//
//   Task ban_user(Message message) {
//     picket::CommandRun run(message);
//     auto turn = run.enter();                        // this thread is in the command's scopes
//     try {
//       co_await turn.await(database.find(message));  // left while suspended, entered when resumed
//       run.finish();
//     } catch (...) { run.fail(); throw; }
//   }
//
// Spans and temporary scopes that are open at a suspension are open again after it.

#include "picket/command.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace picket {

class Turn;

/// The scopes of one unit of work that goes from thread to thread.
/// Threads: one at a time.
class PICKET_EXPORT WorkScopes {
 public:
  /// An isolation scope forked from the calling thread's, which stays in its own.
  WorkScopes() noexcept;
  ~WorkScopes();
  WorkScopes(WorkScopes&& other) noexcept;
  WorkScopes& operator=(WorkScopes&& other) noexcept;

  /// Makes them the calling thread's until the turn ends or is left. One turn at a time: a further
  /// one does nothing.
  [[nodiscard]] Turn enter() noexcept;

 private:
  friend class Turn;
  struct State;

  std::shared_ptr<State> state_;  // null while off
};

/// The calling thread's time inside the scopes of a unit of work. Its end gives the thread its own
/// scopes back.
/// Threads: ends on the thread that entered last. It may outlive the object it came from.
class [[nodiscard]] PICKET_EXPORT Turn {
 public:
  Turn() noexcept;
  Turn(Turn&& other) noexcept;
  Turn& operator=(Turn&& other) noexcept;
  ~Turn();

  void leave() noexcept;  // a second time does nothing
  void enter() noexcept;

  /// For `co_await`: the turn is left while `awaitable` suspends the coroutine, and entered by the
  /// thread that resumes it. Lifetime: the turn lives in the coroutine.
  template <class Awaitable>
  [[nodiscard]] auto await(Awaitable&& awaitable);

 private:
  friend class WorkScopes;
  explicit Turn(std::shared_ptr<WorkScopes::State> state) noexcept;

  std::shared_ptr<WorkScopes::State> state_;
  bool is_inside_ = false;
};

/// A command that is suspended now and then; as `run_command` otherwise.
/// Threads: one at a time. A run that nobody ends has failed when it is left by an exception, else
/// it was ok.
/// Spec: S7.1 to S7.4.
class PICKET_EXPORT CommandRun {
 public:
  template <CommandLike Command>
  explicit CommandRun(const Command& command, CommandRules rules = {}) noexcept
      : CommandRun(Made(), detail::as_command(command), std::move(rules)) {}
  ~CommandRun();
  CommandRun(CommandRun&&) noexcept;
  CommandRun& operator=(CommandRun&&) noexcept;

  /// Inside the scopes of the command, until the turn ends.
  [[nodiscard]] Turn enter() noexcept;

  /// A handle; it is the current span inside the scopes of the command alone.
  [[nodiscard]] SpanHandle transaction() const noexcept;

  void finish() noexcept;

  /// To be called in the handler, which throws on. Answers as the rules say; what is no user error
  /// is captured. `is_user_error`: known to the caller already.
  ErrorReply fail(const std::exception_ptr& error = std::current_exception(),
                  bool is_user_error = false,
                  SourceLocation location = SourceLocation::current()) noexcept;

 private:
  struct Made {};
  struct State;

  CommandRun(Made, const CommandContext& command, CommandRules rules) noexcept;
  void end() noexcept;

  std::unique_ptr<State> state_;
};

namespace detail {

/// What `co_await` asks of `awaitable`, as the language finds it.
template <class Awaitable>
decltype(auto) awaiter_of(Awaitable&& awaitable) {
  if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
    return std::forward<Awaitable>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); }) {
    return operator co_await(std::forward<Awaitable>(awaitable));
  } else {
    return static_cast<Awaitable&&>(awaitable);
  }
}

template <class Awaiter>
class TurnAwaiter {
 public:
  template <class Awaitable>
  TurnAwaiter(Turn& turn, Awaitable&& awaitable)
      : turn_(&turn), awaiter_(awaiter_of(std::forward<Awaitable>(awaitable))) {}
  TurnAwaiter(const TurnAwaiter&) = delete;
  TurnAwaiter& operator=(const TurnAwaiter&) = delete;

  // Of a coroutine that is destroyed while it is suspended: its guards end inside its scopes.
  ~TurnAwaiter() { come_back(); }

  bool await_ready() { return static_cast<bool>(awaiter_.await_ready()); }

  // From the call on another thread may be inside the coroutine: nothing of it is touched after.
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> coroutine) {
    is_away_ = true;
    turn_->leave();
    PICKET_TRY { return awaiter_.await_suspend(coroutine); }
    PICKET_CATCH_ALL {
      come_back();
      PICKET_RETHROW;
    }
  }

  decltype(auto) await_resume() {
    come_back();
    return awaiter_.await_resume();
  }

 private:
  void come_back() noexcept {
    if (std::exchange(is_away_, false)) turn_->enter();
  }

  Turn* turn_;
  Awaiter awaiter_;
  bool is_away_ = false;
};

}  // namespace detail

template <class Awaitable>
auto Turn::await(Awaitable&& awaitable) {
  using Awaiter = decltype(detail::awaiter_of(std::forward<Awaitable>(awaitable)));
  return detail::TurnAwaiter<Awaiter>(*this, std::forward<Awaitable>(awaitable));
}

}  // namespace picket
