#pragma once

// What stands behind a `picket::Scope` handle: immutable-once-shared data, a breadcrumb trail, and
// what an isolation scope remembers about captures. A snapshot copies reference counts; an edit
// copies the data only when a snapshot or a fork still holds it.

#include "base/fork.hpp"
#include "base/guarded.hpp"
#include "base/shared.hpp"
#include "picket/options.hpp"
#include "picket/scope.hpp"
#include "scope/breadcrumb_trail.hpp"
#include "scope/command_timers.hpp"
#include "tracing/trace.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::scope {

/// Names of contexts that are picket's own. Spec: S5.6.
inline bool is_reserved_context(std::string_view name) noexcept {
  return name == "trace" || name == "picket";
}

/// Everything a scope says. Empty members say nothing.
struct ScopeData {
  std::vector<std::pair<std::string, std::string>> tags{};  // cleaned, each key once
  std::vector<std::pair<std::string, Object>> contexts{};   // each name once
  Object extra{};
  std::optional<User> user{};
  std::optional<Request> request{};
  std::optional<Level> level{};
  std::vector<std::string> fingerprint{};
  std::string transaction_name{};
  std::vector<std::shared_ptr<const Attachment>> attachments{};
  std::vector<std::shared_ptr<const EventProcessor>> processors{};
};

/// One scope at one moment.
/// Threads: immutable; any.
struct ScopeSnapshot {
  base::Shared<ScopeData> data{};  // may be null: nothing was ever set
  BreadcrumbTrail breadcrumbs{};
};

/// Threads: any.
class ScopeState {
 public:
  ScopeState() = default;
  explicit ScopeState(ScopeSnapshot snapshot)
      : has_data_(static_cast<bool>(snapshot.data)), inner_({.snapshot = std::move(snapshot)}) {}

  /// Changes the data under the lock. What `change` throws leaves the data as it was, or partly
  /// changed when it was unshared; the public `Scope` functions contain it.
  template <class Change>
  void edit(Change&& change) {
    has_data_.store(true, std::memory_order_relaxed);
    inner_.with([&](Inner& inner) { std::forward<Change>(change)(inner.snapshot.data.edit()); });
  }

  /// As `edit`, for changes that may turn out to be none: `change` gets the shared pointer and
  /// calls its `edit()` only when there is something to change.
  template <class Change>
  void edit_if_needed(Change&& change) {
    has_data_.store(true, std::memory_order_relaxed);
    inner_.with([&](Inner& inner) { std::forward<Change>(change)(inner.snapshot.data); });
  }

  /// As the functions of `picket::Scope`. scope.cpp
  void set_tag(std::string_view key, const ValueRef& value);
  void add_breadcrumb(WallTime timestamp, std::string_view message,
                      const BreadcrumbOptions& options, std::size_t max);
  void clear_breadcrumbs() noexcept;
  void clear();  // keeps event processors and trace; Spec: P7.3

  [[nodiscard]] ScopeSnapshot snapshot() const;

  /// The snapshot and the trace, if it has been made, without waiting and without an allocation.
  /// Errors:  false when somebody holds the lock, maybe the calling thread itself.
  /// Threads: any, signal handler.
  bool try_look(ScopeSnapshot& snapshot, std::optional<tracing::Trace>& trace) const noexcept {
    return inner_.try_with([&](const Inner& inner) {
      snapshot = inner.snapshot;
      trace = inner.trace;
    });
  }

  /// Calls `use(data)` under the lock, for a look that keeps nothing; null: nothing was ever set.
  template <class Use>
  void peek(Use&& use) const {
    if (!has_data_.load(std::memory_order_relaxed)) return std::forward<Use>(use)(nullptr);
    inner_.with([&](const Inner& inner) { std::forward<Use>(use)(inner.snapshot.data.get()); });
  }

  /// The trace of this scope; `make()`, called without the lock, makes it on first use. Spec:
  /// P4.10.
  template <class Make>
  [[nodiscard]] tracing::Trace trace(Make&& make) {
    if (auto present = trace_if_made()) return *std::move(present);
    return adopt_trace(std::forward<Make>(make)());
  }

  /// Its id alone.
  template <class Make>
  [[nodiscard]] base::TraceId trace_id(Make&& make) {
    const auto known = inner_.with([](const Inner& inner) {
      return inner.trace ? std::optional(inner.trace->trace_id) : std::nullopt;
    });
    return known ? *known : adopt_trace(std::forward<Make>(make)()).trace_id;
  }

  /// The trace for a transaction that starts here. One that came from elsewhere is continued by all
  /// of them; one that began here belongs to the first, later ones each get what `make()` makes. It
  /// draws the number of the sampling decision, so it is called at most once, and not at all when
  /// others know a number already.
  template <class Make>
  [[nodiscard]] tracing::Trace trace_for_transaction(Make&& make) {
    if (auto known = take_known_trace()) return *std::move(known);
    return begin_trace(std::forward<Make>(make)());
  }

  /// The same where a number more or less does not matter.
  [[nodiscard]] tracing::Trace trace_for_transaction(tracing::Trace made);

  /// As `trace`, for headers: from now on others know it.
  template <class Make>
  [[nodiscard]] tracing::Trace publish_trace(Make&& make) {
    tracing::Trace known = trace(std::forward<Make>(make));
    mark_published();
    return known;
  }

  /// Replaces the trace. Spec: P4.18.
  void set_trace(tracing::Trace trace);

  /// An independent scope with the same data and breadcrumbs, and a trace of its own.
  [[nodiscard]] std::shared_ptr<ScopeState> fork() const;

  /// Runs `use` on the timers of this scope's commands, under the lock.
  template <class Use>
  decltype(auto) with_command_timers(Use&& use) {
    return inner_.with([&](Inner& inner) -> decltype(auto) {
      return std::forward<Use>(use)(inner.command_timers);
    });
  }

  /// The id under which exactly this exception object was captured last, else nil. Spec: S4.6.
  [[nodiscard]] EventId id_of(const std::exception_ptr& exception) const noexcept;

  /// Remembers the last captured event, and its exception until the next one; null forgets it.
  void remember(EventId id, std::exception_ptr exception) noexcept;
  [[nodiscard]] EventId last_event_id() const noexcept;

 private:
  [[nodiscard]] std::optional<tracing::Trace> trace_if_made() const;
  [[nodiscard]] std::optional<tracing::Trace> take_known_trace();
  void mark_published();
  tracing::Trace adopt_trace(tracing::Trace made);  // unless another thread was first
  tracing::Trace begin_trace(tracing::Trace made);
  struct Inner;
  static bool takes_known(Inner& inner) noexcept;  // with the lock held, as the next
  static void begin_trace(Inner& inner, tracing::Trace made);

  struct Inner {
    ScopeSnapshot snapshot{};
    std::optional<tracing::Trace> trace{};
    bool trace_is_taken = false;      // by a transaction
    bool trace_is_published = false;  // in headers
    EventId last_event_id{};
    std::exception_ptr last_exception{};
    EventId last_exception_id{};
    CommandTimers command_timers{};
  };

  std::atomic<bool> has_data_{false};  // true from the first edit on

  // Never two at a time: two scopes may share a lock.
  mutable base::Guarded<Inner, base::PooledMutex> inner_;
};

}  // namespace picket::scope
