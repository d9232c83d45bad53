#pragma once

// Tracing: how long work takes, and which work belongs together across services.
//
//   auto transaction = picket::start_transaction({.op = "command", .name = "ban_user"});
//   {
//     auto span = picket::start_span({.op = "db.query", .description = "SELECT ..."});
//     span.set_data("rows", rows.size());
//   }                                       // the span ends here
//   http_get(url, picket::trace_headers());  // the other service continues the trace
//
// A transaction is the root of a tree of spans and is sent as a whole when it ends. The span that
// was started last is the calling thread's current one: new spans become its children, errors carry
// its ids. A `Context` takes it to other threads.
//
// While picket is off, or when the transaction is not sampled, the same objects come back and
// swallow every call, without allocating. The children of a transaction that is not sampled have no
// ids of their own, as nobody ever hears of them: on the thread of the transaction theirs are those
// of the current span, most often the transaction's, and so are the headers that they give out.
//
// Each span that is sent has its length in `duration_ms` among its data, counted by the worker. One
// that failed has `error.type` and the text of the error in `error`, where the error was seen: by
// `traced`, `set_failed` or `capture_span_exception`. A guard that is merely left by an exception
// cannot see it and has the status alone. None has a traceback: where the error is seen the stack
// of its throw is gone; the event of the error, which carries the span's id, has what is known of
// it.

#include "picket/export.hpp"
#include "picket/is_on.hpp"
#include "picket/language.hpp"
#include "picket/options.hpp"
#include "picket/source_location.hpp"
#include "picket/span_data.hpp"
#include "picket/value.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace picket {

namespace tracing {
class SpanTree;
}
namespace scope {
struct SpanMaker;
}

/// HTTP header fields, or the like of another protocol, in order.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// What a span is about.
/// Lifetime: borrowed until the call returns.
/// Spec: P4.3, P4.15, S6.5.
struct SpanArgs {
  std::string_view op{};           // such as `db.query`
  std::string_view description{};  // of low cardinality; may be empty
  std::string_view origin = "manual";
  Attributes data{};
  std::optional<WallTime> start_time{};  // empty: now
};

/// What a transaction is about, and how it is sampled.
/// Lifetime: borrowed until the call returns.
/// Spec: P4.1, P4.4, S6.1, S8.7.
struct TransactionArgs {
  std::string_view op{};
  std::string_view name{};  // empty: `<unlabeled transaction>`
  TransactionSource source = TransactionSource::custom;
  std::string_view origin = "manual";
  Attributes data{};
  std::optional<WallTime> start_time{};  // empty: now
  std::optional<bool> sampled{};         // set: decided here, nobody else is asked
  Attributes sampling_data{};            // for `Options::traces_sampler`
};

/// What the headers of an outgoing request depend on.
/// Lifetime: borrowed until the call returns.
struct PropagationTarget {
  std::string_view url{};      // empty: always a target
  std::string_view baggage{};  // members that the request has already; foreign ones are kept
};

class Span;

/// Refers to a span without owning it: its end ends nothing. Copies refer to the same span. A
/// default-made one swallows every call.
/// Threads: any; every call is noexcept. Calls on a span that has ended change nothing.
class PICKET_EXPORT SpanHandle {
 public:
  /// One fact; of equal keys the last wins. Numbers stay numbers. Spec: P4.15, S6.2.
  SpanHandle& set_data(std::string_view key, ValueRef value) noexcept {
    if (tree_) add_data(key, value);
    return *this;
  }
  SpanHandle& set_data(Attributes data) noexcept {
    if (tree_) add_data(data);
    return *this;
  }

  /// On a transaction the tag goes to the event, over those of the scopes. Spec: S6.2.
  SpanHandle& set_tag(std::string_view key, ValueRef value) noexcept {
    if (tree_) add_tag(key, value);
    return *this;
  }

  /// An explicit status beats the one that the end of the guard would set. Spec: S6.3.
  SpanHandle& set_status(SpanStatus status) noexcept;
  SpanHandle& set_status(std::string_view text) noexcept;

  SpanHandle& set_op(std::string_view op) noexcept;
  SpanHandle& set_description(std::string_view description) noexcept;
  SpanHandle& set_measurement(std::string_view key, double value,
                              std::string_view unit = {}) noexcept;
  SpanHandle& add_link(const SpanLink& link) noexcept;

  /// Notes that the work failed with `error`: its status, unless one was set, and the data
  /// `error.type` and `error`, its text, cut after 1024 bytes. Sends no event. Spec: T6.
  SpanHandle& set_failed(const std::exception_ptr& error = std::current_exception()) noexcept;

  /// A child that becomes nobody's current span, fit to be ended on another thread. Spec: S6.9.
  [[nodiscard]] Span start_child(const SpanArgs& args = {}) const noexcept;

  /// Ends the span, or the whole transaction; a second call does nothing. An end before the start
  /// becomes the start.
  void finish() noexcept;
  void finish(WallTime end) noexcept;

  /// True while the span will be sent with its transaction.
  [[nodiscard]] bool is_recording() const noexcept;

  /// Lower-case hex, 32 and 16 digits; empty for an object that swallows everything.
  [[nodiscard]] std::string trace_id() const noexcept;
  [[nodiscard]] std::string span_id() const noexcept;

  /// The headers that make another service continue the trace below this span; empty when `target`
  /// is none of `Options::trace_propagation_targets`. Freezes what the trace says of itself.
  /// Spec: P4.8, P4.9.
  [[nodiscard]] HeaderList trace_headers(const PropagationTarget& target = {}) const noexcept;

  explicit operator bool() const noexcept { return tree_ != nullptr || is_stand_in_; }

 protected:
  friend struct scope::SpanMaker;

  [[nodiscard]] bool is_usable() const noexcept;
  template <class T, class Use>
  T with_span(Use&& use) const noexcept;
  template <class Change>
  SpanHandle& change(Change&& change) noexcept;
  void add_data(std::string_view key, const ValueRef& value) noexcept;
  void add_data(const Attributes& data) noexcept;
  void add_tag(std::string_view key, const ValueRef& value) noexcept;
  void end(bool failed, std::optional<WallTime> end_time) noexcept;

  std::shared_ptr<tracing::SpanTree> tree_{};
  std::array<std::byte, 8> id_{};
  std::uint32_t index_ = 0;

  // What a call of another service came to, for the figures, also while nothing is recorded.
  std::uint16_t http_status_ = 0;
  SpanStatus status_ = SpanStatus::unset;

  // A child without a record stands for the thread's current span as long as that belongs to the
  // transaction whose root has the id.
  bool is_stand_in_ = false;
};

/// Owns a span: ends it, at the latest, with its own end. While it lives it is the current span of
/// the thread that started it; afterwards the former one is again. Left by an exception its status
/// is `internal_error`, left normally `ok`.
/// Threads: moves freely. One that ends on another thread leaves the thread that started it without
/// a current span until a guard around it ends there; `start_child` makes spans for other threads.
/// Spec: S6.3, S6.4, S6.9.
class [[nodiscard]] PICKET_EXPORT Span : public SpanHandle {
 public:
  Span() noexcept = default;  // swallows everything
  Span(Span&& other) noexcept { take(other); }
  Span& operator=(Span&& other) noexcept;
  ~Span() {
    if (is_open_) finish_at(std::nullopt);
  }

  void finish() noexcept { finish_at(std::nullopt); }
  void finish(WallTime end) noexcept { finish_at(end); }

 private:
  friend struct scope::SpanMaker;

  void take(Span& other) noexcept;
  void finish_at(std::optional<WallTime> end_time) noexcept;

  // What was current before this one: a span of the same tree, or one of another tree or none.
  std::shared_ptr<tracing::SpanTree> former_tree_{};
  std::array<std::byte, 8> former_id_{};
  std::uint32_t former_index_ = 0;
  bool is_inside_ = false;  // of the same tree
  bool is_current_ = false;
  bool is_open_ = false;
  int exceptions_ = 0;        // in flight when it started, if it is recorded
  std::uint32_t figure_ = 0;  // what it counts under in the figures; 0: nothing
  SteadyTime started_{};      // of one that counts but is not recorded
};

/// The root span of a tree; its end sends the tree.
class [[nodiscard]] PICKET_EXPORT Transaction : public Span {
 public:
  Transaction& set_name(std::string_view name,
                        TransactionSource source = TransactionSource::custom) noexcept;

 private:
  friend struct scope::SpanMaker;
};

/// Starts a transaction and makes it the current span of the calling thread. It continues the trace
/// of the isolation scope (see `continue_trace`); inside another transaction it is sent separately,
/// as a part of the same trace. Spec: P4.6, S6.1.
inline Transaction start_transaction(const TransactionArgs& args) noexcept;

/// Starts a child of the current span; without one the span records nothing. Spec: S6.4, S6.6.
inline Span start_span(const SpanArgs& args) noexcept;

/// The calling thread's current span. Spec: T7.
inline SpanHandle current_span() noexcept;

/// These add to the current span; without one they do nothing. Spec: T7.
inline void set_span_attributes(Attributes data) noexcept;
inline void set_span_attribute(std::string_view key, ValueRef value) noexcept;
inline void set_span_tag(std::string_view key, ValueRef value) noexcept;

/// Gives the current span the status `internal_error`; despite its name it ends nothing. Spec: T8.
PICKET_EXPORT void finish_transaction_on_error() noexcept;

/// How far a step of a start or a shutdown is.
enum class SetupPhase : unsigned char { starting, finished };

/// Tags the current span, or `span`: `setup_phase` is `<phase>_starting` or `<phase>_finished`.
/// Spec: T9.
PICKET_EXPORT void set_setup_phase(std::string_view phase, SetupPhase state) noexcept;
PICKET_EXPORT void set_setup_phase(SpanHandle& span, std::string_view phase,
                                   SetupPhase state) noexcept;

/// Notes on the current span that the work failed: the status `internal_error`, the text and type
/// of `error` as `set_failed` has them, and each fact as `extra.<key>`. Sends no event. Spec: T10.
PICKET_EXPORT void capture_span_exception(const std::exception& error,
                                          Attributes facts = {}) noexcept;

/// The headers of a request that leaves now: those of the current span, or of the isolation scope's
/// trace while there is none. Empty while off, and for what is no target. Spec: P4.9 to P4.11.
inline HeaderList trace_headers(const PropagationTarget& target = {}) noexcept;

/// Collects what an incoming request says of its trace; other headers are passed over.
/// Lifetime: borrows what it is given.
class PICKET_EXPORT IncomingTrace {
 public:
  /// Names in any letter case. Several `baggage` headers are one; of the others the first counts.
  void add(std::string_view name, std::string_view value) noexcept;

  [[nodiscard]] std::string_view sentry_trace() const noexcept { return sentry_trace_; }
  [[nodiscard]] std::string_view traceparent() const noexcept { return traceparent_; }

  static constexpr std::size_t kMaxBaggageHeaders = 8;  // further ones are passed over
  [[nodiscard]] std::string baggage() const;

 private:
  std::string_view sentry_trace_{};
  std::string_view traceparent_{};
  std::array<std::string_view, kMaxBaggageHeaders> baggage_{};
  std::size_t baggage_count_ = 0;
};

/// Makes the calling thread's isolation scope part of the trace that a request came with: the next
/// transaction continues it, and errors belong to it. Headers that are missing, malformed or of
/// another organisation start a new trace. What was the current span is so no longer.
/// Errors: false when a new trace was started.
/// Spec: P4.9, P4.12, P4.18.
PICKET_EXPORT bool continue_trace(const IncomingTrace& incoming) noexcept;
PICKET_EXPORT bool continue_trace(std::string_view sentry_trace, std::string_view baggage) noexcept;

/// Takes any range of name/value pairs: a map, a vector of pairs, the headers of an HTTP library.
template <class Headers>
requires requires(const Headers& headers) {
  requires std::is_lvalue_reference_v<decltype(*headers.begin())>;  // views of it are kept
  { (*headers.begin()).first } -> std::convertible_to<std::string_view>;
  { (*headers.begin()).second } -> std::convertible_to<std::string_view>;
}
bool continue_trace(const Headers& headers) noexcept {
  IncomingTrace incoming;
  for (const auto& [name, value] : headers) incoming.add(name, value);
  return continue_trace(incoming);
}

/// Gives the calling thread's isolation scope a trace of its own. Spec: P4.18.
PICKET_EXPORT void start_new_trace() noexcept;

/// The same while picket is on.
namespace live {
PICKET_EXPORT Transaction start_transaction(const TransactionArgs& args) noexcept;
PICKET_EXPORT Transaction start_transaction(const TransactionArgs& args,
                                            const SourceLocation& location) noexcept;
PICKET_EXPORT Span start_span(const SpanArgs& args) noexcept;
PICKET_EXPORT Span start_span(const SpanArgs& args, const SourceLocation& location) noexcept;
PICKET_EXPORT SpanHandle current_span() noexcept;
PICKET_EXPORT void set_span_attributes(const Attributes& data) noexcept;
PICKET_EXPORT void set_span_attribute(std::string_view key, const ValueRef& value) noexcept;
PICKET_EXPORT void set_span_tag(std::string_view key, const ValueRef& value) noexcept;
PICKET_EXPORT HeaderList trace_headers(const PropagationTarget& target) noexcept;
}  // namespace live

inline Transaction start_transaction(const TransactionArgs& args) noexcept {
  return detail::is_on() ? live::start_transaction(args) : Transaction();
}
inline Span start_span(const SpanArgs& args) noexcept {
  return detail::is_on() ? live::start_span(args) : Span();
}
inline SpanHandle current_span() noexcept {
  return detail::is_on() ? live::current_span() : SpanHandle();
}
inline void set_span_attributes(Attributes data) noexcept {
  if (detail::is_on()) live::set_span_attributes(data);
}
inline void set_span_attribute(std::string_view key, ValueRef value) noexcept {
  if (detail::is_on()) live::set_span_attribute(key, value);
}
inline void set_span_tag(std::string_view key, ValueRef value) noexcept {
  if (detail::is_on()) live::set_span_tag(key, value);
}
inline HeaderList trace_headers(const PropagationTarget& target) noexcept {
  return detail::is_on() ? live::trace_headers(target) : HeaderList();
}

namespace detail {

/// As the public functions; an empty name or description is made from the function at `location`.
inline Transaction start_transaction(const TransactionArgs& args,
                                     const SourceLocation& location) noexcept {
  return is_on() ? live::start_transaction(args, location) : Transaction();
}
inline Span start_span(const SpanArgs& args, const SourceLocation& location) noexcept {
  return is_on() ? live::start_span(args, location) : Span();
}

template <class Guard, class Function>
decltype(auto) run_in(Guard& guard, Function&& function) {
  PICKET_TRY {
    if constexpr (std::is_invocable_v<Function, Guard&>) {
      return std::invoke(std::forward<Function>(function), guard);
    } else {
      return std::invoke(std::forward<Function>(function));
    }
  }
  PICKET_CATCH_ALL {
    guard.set_failed();
    PICKET_RETHROW;
  }
}

}  // namespace detail

/// Runs `function`, which may take the `Transaction&`, in a transaction; its result is returned.
/// Unlike the guard it sees what is thrown: status, `error.type` and `error` tell, and it is thrown
/// on. Without a name the transaction is called after the place of the call, `<file>.<function>`.
/// Spec: §6.4, T5.
template <class Function>
decltype(auto) traced(const TransactionArgs& args, Function&& function,
                      SourceLocation location = SourceLocation::current()) {
  auto transaction = detail::start_transaction(args, location);
  return detail::run_in(transaction, std::forward<Function>(function));
}

/// The same with a child span; without a description it is `running <function>`.
template <class Function>
decltype(auto) traced_span(const SpanArgs& args, Function&& function,
                           SourceLocation location = SourceLocation::current()) {
  auto span = detail::start_span(args, location);
  return detail::run_in(span, std::forward<Function>(function));
}

/// A function object that runs `function` as `traced` does, each time it is called. It looks at the
/// client when it is called: one that was made before `init` works after it.
///   const auto reload = picket::traced_function({.op = "task", .name = "reload"}, &reload_all);
/// Lifetime: owns what it was given; `start_time` is left out.
/// Spec: T5.
template <class Function>
auto traced_function(const TransactionArgs& args, Function function,
                     SourceLocation location = SourceLocation::current()) {
  return [op = std::string(args.op), name = std::string(args.name), source = args.source,
          origin = std::string(args.origin), data = args.data.to_object(), sampled = args.sampled,
          sampling_data = args.sampling_data.to_object(), function = std::move(function),
          location](auto&&... arguments) -> decltype(auto) {
    const TransactionArgs each{.op = op,
                               .name = name,
                               .source = source,
                               .origin = origin,
                               .data = data,
                               .sampled = sampled,
                               .sampling_data = sampling_data};
    const auto call = [&]() -> decltype(auto) {
      return std::invoke(function, std::forward<decltype(arguments)>(arguments)...);
    };
    return traced(each, call, location);
  };
}

/// The same with a child span of whatever is current when it is called.
template <class Function>
auto traced_span_function(const SpanArgs& args, Function function,
                          SourceLocation location = SourceLocation::current()) {
  return [op = std::string(args.op), description = std::string(args.description),
          origin = std::string(args.origin), data = args.data.to_object(),
          function = std::move(function), location](auto&&... arguments) -> decltype(auto) {
    const SpanArgs each{.op = op, .description = description, .origin = origin, .data = data};
    const auto call = [&]() -> decltype(auto) {
      return std::invoke(function, std::forward<decltype(arguments)>(arguments)...);
    };
    return traced_span(each, call, location);
  };
}

}  // namespace picket

/// A span from here to the end of the block, described as `running <function>`. Spec: T5.
///   void reload() { PICKET_SPAN("task"); … }
#define PICKET_SPAN(operation)                                                       \
  [[maybe_unused]] const ::picket::Span PICKET_DETAIL_JOIN(picket_span_, __LINE__) = \
      ::picket::detail::start_span({.op = (operation)}, ::picket::SourceLocation::current())
#define PICKET_DETAIL_JOIN(first, second) PICKET_DETAIL_JOIN_NOW(first, second)
#define PICKET_DETAIL_JOIN_NOW(first, second) first##second
