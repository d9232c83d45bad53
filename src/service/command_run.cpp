#include "picket/command_run.hpp"

#include "base/contain.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"

#include <utility>

namespace picket {

/// Where the scopes are: with the work while it is suspended, with a thread while it runs.
struct WorkScopes::State {
  scope::ThreadScopes of_work{};    // while nobody is inside
  scope::ThreadScopes of_thread{};  // of the one inside, to be given back
  bool is_entered = false;
};

WorkScopes::WorkScopes() noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] {
    auto state = std::make_shared<State>();
    const ScopeGuard forked = scope::enter_isolation_scope();
    state->of_work = scope::scopes_here();
    state_ = std::move(state);
  });
}

WorkScopes::~WorkScopes() = default;
WorkScopes::WorkScopes(WorkScopes&& other) noexcept = default;
WorkScopes& WorkScopes::operator=(WorkScopes&& other) noexcept = default;

Turn WorkScopes::enter() noexcept {
  Turn turn(state_);
  turn.enter();
  return turn;
}

Turn::Turn() noexcept = default;
Turn::Turn(std::shared_ptr<WorkScopes::State> state) noexcept : state_(std::move(state)) {}
Turn::Turn(Turn&& other) noexcept
    : state_(std::move(other.state_)), is_inside_(std::exchange(other.is_inside_, false)) {}

Turn& Turn::operator=(Turn&& other) noexcept {
  if (this != &other) {
    leave();
    state_ = std::move(other.state_);
    is_inside_ = std::exchange(other.is_inside_, false);
  }
  return *this;
}

Turn::~Turn() { leave(); }

void Turn::enter() noexcept {
  if (state_ == nullptr || state_->is_entered) return;
  state_->of_thread = scope::exchange(std::move(state_->of_work));
  state_->is_entered = true;
  is_inside_ = true;
}

void Turn::leave() noexcept {
  if (!std::exchange(is_inside_, false)) return;
  state_->is_entered = false;
  state_->of_work = scope::exchange(std::move(state_->of_thread));
}

struct CommandRun::State {
  State(const CommandContext& context, CommandRules given)
      : command{.name = context.name,
                .channel_id = context.channel_id,
                .guild_id = context.guild_id,
                .prefix = context.prefix},
        rules(std::move(given)) {}

  CommandContext command;  // what the end has to know
  CommandRules rules;
  WorkScopes scopes{};
  detail::CommandWork work{rules};
  int exceptions = std::uncaught_exceptions();
};

CommandRun::CommandRun(Made, const CommandContext& command, CommandRules rules) noexcept {
  base::contain([&] {
    state_ = std::make_unique<State>(command, std::move(rules));
    const Turn turn = enter();
    if (sdk::is_active()) state_->work.begin(command);
  });
}

CommandRun::~CommandRun() { end(); }
CommandRun::CommandRun(CommandRun&& other) noexcept = default;

CommandRun& CommandRun::operator=(CommandRun&& other) noexcept {
  if (this != &other) {
    end();
    state_ = std::move(other.state_);
  }
  return *this;
}

/// An exception that leaves it without a call of `fail` cannot be seen from here.
void CommandRun::end() noexcept {
  if (state_ == nullptr) return;
  const Turn turn = enter();
  if (std::uncaught_exceptions() > state_->exceptions) state_->work.abandon();
  state_->work.succeed();
}

Turn CommandRun::enter() noexcept { return state_ ? state_->scopes.enter() : Turn(); }

SpanHandle CommandRun::transaction() const noexcept {
  return state_ ? SpanHandle(state_->work.transaction()) : SpanHandle();
}

void CommandRun::finish() noexcept {
  if (state_ == nullptr) return;
  const Turn turn = enter();
  state_->work.succeed();
}

ErrorReply CommandRun::fail(const std::exception_ptr& error, bool is_user_error,
                            SourceLocation location) noexcept {
  if (state_ == nullptr) return {};
  const Turn turn = enter();
  return state_->work.fail(state_->command, error, is_user_error, location);
}

}  // namespace picket
