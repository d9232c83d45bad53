#pragma once

// Scopes hold what the host says about the circumstances of an event: tags, user, contexts,
// breadcrumbs and so on. There are three layers, merged at capture, inner over outer:
//   global     one per process
//   isolation  one per unit of work (request, command, task); by default one per thread
//   current    temporary, made by `push_scope`
// The free functions of `picket.hpp` write to the innermost scope of the calling thread;
// breadcrumbs belong to the isolation scope and so outlive a temporary one.
//
// Scopes of a thread end with it. To carry them elsewhere, take a `Context`:
//   auto context = picket::Context::current();
//   pool.post(context.wrap([] { work(); }));
// Nothing here depends on a thread staying the same between suspensions of a coroutine: enter the
// context again after each.

#include "picket/attachment.hpp"
#include "picket/breadcrumb.hpp"
#include "picket/event.hpp"
#include "picket/export.hpp"
#include "picket/level.hpp"
#include "picket/options.hpp"
#include "picket/user.hpp"
#include "picket/value.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace picket {

namespace scope {
class ScopeState;
struct ThreadScopes;
}  // namespace scope

/// A handle to one scope; copies refer to the same scope.
/// A scope holds at most 250 tags, contexts and extras each; a further one is left out with a
/// warning. Threads: any; every call is atomic and noexcept. What runs out of memory changes
/// nothing. Spec: P7.3, S5.
class PICKET_EXPORT Scope {
 public:
  /// A new, empty scope.
  Scope();
  explicit Scope(std::shared_ptr<scope::ScopeState> state) noexcept : state_(std::move(state)) {}

  /// A bool or number becomes text. Keys keep letters, digits and `_ . : -`, other characters
  /// become `_`, 200 characters at most; values lose line breaks and are cut after 200 characters.
  /// An empty key or value changes nothing. Spec: P3.3, S5.7.
  void set_tag(std::string_view key, ValueRef value) noexcept;
  void remove_tag(std::string_view key) noexcept;

  void set_user(User user) noexcept;  // replaces the whole user
  void remove_user() noexcept;

  /// Replaces the block of that name; on the wire it is cut to 8 KiB. The names `trace` and
  /// `picket` are reserved. Spec: S5.6.
  void set_context(std::string_view name, Attributes facts) noexcept;
  void remove_context(std::string_view name) noexcept;

  /// The deprecated free-form facts; prefer `set_context`.
  void set_extra(std::string_view key, ValueRef value) noexcept;
  void remove_extra(std::string_view key) noexcept;

  void set_level(Level level) noexcept;  // overrides the level of every event
  void remove_level() noexcept;

  void set_fingerprint(std::vector<std::string> fingerprint) noexcept;
  void remove_fingerprint() noexcept;

  void set_transaction_name(std::string_view name) noexcept;
  void remove_transaction_name() noexcept;

  /// The HTTP request that is being served; replaces the whole request. Spec: P3.18.
  void set_request(Request request) noexcept;
  void remove_request() noexcept;

  void add_attachment(Attachment attachment) noexcept;  // at most 30, more change nothing
  void clear_attachments() noexcept;

  void add_breadcrumb(std::string_view message, const BreadcrumbOptions& options = {}) noexcept;
  void add_breadcrumb(const Breadcrumb& breadcrumb) noexcept;
  void clear_breadcrumbs() noexcept;

  void add_event_processor(EventProcessor processor) noexcept;

  /// Empties the scope but keeps its event processors. Spec: P7.3.
  void clear() noexcept;

  /// An independent scope with the same contents; constant time.
  [[nodiscard]] Scope fork() const;

  [[nodiscard]] const std::shared_ptr<scope::ScopeState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<scope::ScopeState> state_;
};

/// Puts the calling thread's scopes back to what they were when it was made.
/// Threads: ends on the thread that made it; guards of one thread end in reverse order.
class [[nodiscard]] PICKET_EXPORT ScopeGuard {
 public:
  ScopeGuard() noexcept;  // restores nothing
  explicit ScopeGuard(std::unique_ptr<scope::ThreadScopes> former) noexcept;
  ScopeGuard(ScopeGuard&& other) noexcept;
  ScopeGuard& operator=(ScopeGuard&& other) noexcept;
  ~ScopeGuard();

 private:
  std::unique_ptr<scope::ThreadScopes> former_;
  int exceptions_ = 0;  // in flight when it was made
};

/// The scopes of one moment, to be entered elsewhere. What is set after entering is seen by all
/// who entered the same context; fork with `isolate()` for a unit of work of its own.
/// Threads: any; copies are cheap.
class PICKET_EXPORT Context {
 public:
  /// The calling thread's isolation and current scope.
  static Context current() noexcept;

  Context(const Context&) noexcept;
  Context(Context&&) noexcept;
  Context& operator=(const Context&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  /// Makes the calling thread use these scopes until the guard ends.
  [[nodiscard]] ScopeGuard enter() const noexcept;

  /// A callable that runs `function` inside these scopes.
  template <class Function>
  [[nodiscard]] auto wrap(Function function) const {
    return [context = *this, function = std::move(function)]<class... Args>(
               Args&&... args) mutable -> std::invoke_result_t<Function&, Args...> {
      const ScopeGuard guard = context.enter();
      return std::invoke(function, std::forward<Args>(args)...);
    };
  }

 private:
  Context() noexcept;

  std::shared_ptr<const scope::ThreadScopes> scopes_;
};

}  // namespace picket
