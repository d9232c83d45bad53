#pragma once

// The front door. What most hosts need:
//
//   auto guard = picket::init({.dsn = "https://key@host/1", .release = "shop@1.4.0"});
//   picket::set_tag("region", "eu");
//   try { work(); } catch (const std::exception&) { picket::capture_exception(); throw; }
//
// Every function here may be called from any thread at any time: before `init`, after `close`,
// while the process exits. While picket is off all of them return at once, without allocating.
//
// A child of `fork()` goes on with the client of its parent. What it captures leaves through a
// queue, a thread and a connection of its own, which begin with its first capture, and `stats()`
// counts for it alone. What the parent has captured, and transactions that were open, stay the
// parent's: in the child their spans do nothing.

#include "picket/attachment.hpp"
#include "picket/breadcrumb.hpp"
#include "picket/client.hpp"
#include "picket/delivery.hpp"
#include "picket/event.hpp"
#include "picket/event_id.hpp"
#include "picket/export.hpp"
#include "picket/is_on.hpp"
#include "picket/level.hpp"
#include "picket/options.hpp"
#include "picket/scope.hpp"
#include "picket/source_location.hpp"
#include "picket/stats.hpp"
#include "picket/tracing.hpp"
#include "picket/user.hpp"
#include "picket/value.hpp"
#include "picket/version.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

namespace detail {
/// What the capture functions take for options left out, so that a call needs to make none.
PICKET_EXPORT extern const CaptureOptions& no_options;
}  // namespace detail

/// Owns the process-wide client: its end closes the client, waiting at most
/// `Options::shutdown_timeout`.
class [[nodiscard]] PICKET_EXPORT Guard {
 public:
  Guard() noexcept = default;
  explicit Guard(Client client) noexcept : client_(std::move(client)) {}
  Guard(Guard&& other) noexcept;
  Guard& operator=(Guard&& other) noexcept;
  ~Guard();

  [[nodiscard]] InitStatus status() const noexcept { return client_.status(); }
  [[nodiscard]] std::string message() const { return client_.message(); }

  /// As `picket::flush`.
  bool flush(std::chrono::milliseconds timeout) const noexcept { return client_.flush(timeout); }

 private:
  Client client_;
};

/// Starts the process-wide client; a former one is flushed and closed first.
/// Errors: none are thrown; `Guard::status()` and `Guard::message()` tell.
/// Threads: any, but not from a hook.
/// Spec: P7.2, S3.
PICKET_EXPORT Guard init(Options options = {}) noexcept;

/// As `init`, but the client lives until `close` or the normal end of the process.
/// Spec: S3.8.
PICKET_EXPORT InitStatus setup(Options options = {}) noexcept;

/// True while a client with a valid DSN is bound.
PICKET_EXPORT bool is_initialized() noexcept;

/// The process-wide client; a disabled one while there is none.
PICKET_EXPORT Client current_client() noexcept;

/// Captures the exception that is being handled; call it inside a catch block.
/// Errors: the nil id when none is being handled, while off, or when the event was sampled out.
/// Spec: P7.2, S4.
inline EventId capture_exception(const CaptureOptions& options = detail::no_options,
                                 SourceLocation location = SourceLocation::current()) noexcept;

/// Captures `error`. Inside its own catch block the chain of nested exceptions, the thrown type
/// and duplicates are recognised through the exception itself.
inline EventId capture_exception(const std::exception& error,
                                 const CaptureOptions& options = detail::no_options,
                                 SourceLocation location = SourceLocation::current()) noexcept;

/// Captures what `error` points to; null does nothing.
inline EventId capture_exception(const std::exception_ptr& error,
                                 const CaptureOptions& options = detail::no_options,
                                 SourceLocation location = SourceLocation::current()) noexcept;

inline EventId capture_message(std::string_view text, Level level = Level::info,
                               const CaptureOptions& options = detail::no_options,
                               SourceLocation location = SourceLocation::current()) noexcept;

/// Captures an event made by hand; members that are empty are filled in.
PICKET_EXPORT EventId capture_event(Event event, const CaptureOptions& options = {},
                                    SourceLocation location = SourceLocation::current()) noexcept;

/// True while an error of this type may still leave in this minute, see `Options::error_limit`; for
/// hosts that want to know before they do expensive work. Yes takes one unit of the budget, and
/// the next capture of that type by this thread in this minute is paid for with it. No counts as
/// one suppressed error, but not as a drop: nothing was captured. `type` is the name of the class,
/// with or without namespace. While off, and without a limit: true, and nothing is taken.
/// Spec: S12.2.
[[nodiscard]] inline bool should_capture_error(std::string_view type) noexcept;

/// The id of the last event captured within the calling thread's isolation scope.
inline EventId last_event_id() noexcept;

/// Notes what happened; the event of a later failure tells it. Spec: P3.16, S5.8.
inline void add_breadcrumb(std::string_view message,
                           const BreadcrumbOptions& options = {}) noexcept;
inline void add_breadcrumb(const Breadcrumb& breadcrumb) noexcept;
inline void add_breadcrumb(std::string_view message, std::string_view category,
                           Level level = Level::info, Attributes data = {}) noexcept;

/// These write to the innermost scope of the calling thread; see `Scope` for each.
inline void set_tag(std::string_view key, ValueRef value) noexcept;
inline void remove_tag(std::string_view key) noexcept;
inline void set_user(const User& user) noexcept;
inline void remove_user() noexcept;
inline void set_request(const Request& request) noexcept;
inline void remove_request() noexcept;
inline void set_context(std::string_view name, Attributes facts) noexcept;
inline void remove_context(std::string_view name) noexcept;
inline void set_extra(std::string_view key, ValueRef value) noexcept;
inline void remove_extra(std::string_view key) noexcept;
inline void set_level(Level level) noexcept;
inline void remove_level() noexcept;
inline void set_fingerprint(const std::vector<std::string>& fingerprint) noexcept;
inline void remove_fingerprint() noexcept;
inline void set_transaction_name(std::string_view name) noexcept;
inline void remove_transaction_name() noexcept;
inline void add_attachment(const Attachment& attachment) noexcept;
inline void clear_attachments() noexcept;

/// A temporary scope inside the present one: what is set until the guard ends is gone afterwards.
/// Spec: S13.3.
inline ScopeGuard push_scope() noexcept;

/// A new isolation scope, forked from the present one, for one unit of work.
/// Spec: S5.11.
inline ScopeGuard isolate() noexcept;

/// Runs `change` on the innermost, the isolation or the global scope; not at all while off.
/// Errors: what `change` throws is contained.
PICKET_EXPORT void configure_scope(const std::function<void(Scope&)>& change) noexcept;
PICKET_EXPORT void configure_isolation_scope(const std::function<void(Scope&)>& change) noexcept;
PICKET_EXPORT void configure_global_scope(const std::function<void(Scope&)>& change) noexcept;

/// Waits until everything captured before the call has been sent or dropped, or lies in the spool;
/// true if it was in time. The client stays usable.
PICKET_EXPORT bool flush(std::chrono::milliseconds timeout) noexcept;

/// As the members of `Client` of the same names.
PICKET_EXPORT bool flush_to_spool(std::chrono::milliseconds timeout) noexcept;
PICKET_EXPORT bool purge(std::chrono::milliseconds timeout) noexcept;
[[nodiscard]] PICKET_EXPORT DrainReport drain(std::chrono::milliseconds timeout) noexcept;

/// Flushes within `timeout`, then turns picket off. Calling it again does nothing.
PICKET_EXPORT bool close(std::chrono::milliseconds timeout) noexcept;
PICKET_EXPORT bool close() noexcept;  // with `Options::shutdown_timeout`

/// What became of everything captured by the present client, or by the last one after `close`.
PICKET_EXPORT Stats stats();

/// Why picket is on or off, and one line for people. Spec: S12.1.
PICKET_EXPORT InitStatus init_status() noexcept;
PICKET_EXPORT std::string init_message();

// The functions above: the question whether picket is on, and what they do while it is.
namespace live {
PICKET_EXPORT EventId capture_exception(const CaptureOptions& options,
                                        const SourceLocation& location) noexcept;
PICKET_EXPORT EventId capture_exception(const std::exception& error, const CaptureOptions& options,
                                        const SourceLocation& location) noexcept;
PICKET_EXPORT EventId capture_exception(const std::exception_ptr& error,
                                        const CaptureOptions& options,
                                        const SourceLocation& location) noexcept;
PICKET_EXPORT EventId capture_message(std::string_view text, Level level,
                                      const CaptureOptions& options,
                                      const SourceLocation& location) noexcept;
PICKET_EXPORT bool should_capture_error(std::string_view type) noexcept;
PICKET_EXPORT EventId last_event_id() noexcept;
PICKET_EXPORT void add_breadcrumb(std::string_view message,
                                  const BreadcrumbOptions& options) noexcept;
PICKET_EXPORT void add_breadcrumb(const Breadcrumb& breadcrumb) noexcept;
PICKET_EXPORT void set_tag(std::string_view key, const ValueRef& value) noexcept;
PICKET_EXPORT void remove_tag(std::string_view key) noexcept;
PICKET_EXPORT void set_user(const User& user) noexcept;
PICKET_EXPORT void remove_user() noexcept;
PICKET_EXPORT void set_request(const Request& request) noexcept;
PICKET_EXPORT void remove_request() noexcept;
PICKET_EXPORT void set_context(std::string_view name, const Attributes& facts) noexcept;
PICKET_EXPORT void remove_context(std::string_view name) noexcept;
PICKET_EXPORT void set_extra(std::string_view key, const ValueRef& value) noexcept;
PICKET_EXPORT void remove_extra(std::string_view key) noexcept;
PICKET_EXPORT void set_level(Level level) noexcept;
PICKET_EXPORT void remove_level() noexcept;
PICKET_EXPORT void set_fingerprint(const std::vector<std::string>& fingerprint) noexcept;
PICKET_EXPORT void remove_fingerprint() noexcept;
PICKET_EXPORT void set_transaction_name(std::string_view name) noexcept;
PICKET_EXPORT void remove_transaction_name() noexcept;
PICKET_EXPORT void add_attachment(const Attachment& attachment) noexcept;
PICKET_EXPORT void clear_attachments() noexcept;
PICKET_EXPORT ScopeGuard push_scope() noexcept;
PICKET_EXPORT ScopeGuard isolate() noexcept;
}  // namespace live

inline EventId capture_exception(const CaptureOptions& options, SourceLocation location) noexcept {
  return detail::is_on() ? live::capture_exception(options, location) : EventId();
}
inline EventId capture_exception(const std::exception& error, const CaptureOptions& options,
                                 SourceLocation location) noexcept {
  return detail::is_on() ? live::capture_exception(error, options, location) : EventId();
}
inline EventId capture_exception(const std::exception_ptr& error, const CaptureOptions& options,
                                 SourceLocation location) noexcept {
  return detail::is_on() ? live::capture_exception(error, options, location) : EventId();
}
inline EventId capture_message(std::string_view text, Level level, const CaptureOptions& options,
                               SourceLocation location) noexcept {
  return detail::is_on() ? live::capture_message(text, level, options, location) : EventId();
}
inline bool should_capture_error(std::string_view type) noexcept {
  return !detail::is_on() || live::should_capture_error(type);
}
inline EventId last_event_id() noexcept {
  return detail::is_on() ? live::last_event_id() : EventId();
}
inline void add_breadcrumb(std::string_view message, const BreadcrumbOptions& options) noexcept {
  if (detail::is_on()) live::add_breadcrumb(message, options);
}
inline void add_breadcrumb(const Breadcrumb& breadcrumb) noexcept {
  if (detail::is_on()) live::add_breadcrumb(breadcrumb);
}
inline void add_breadcrumb(std::string_view message, std::string_view category, Level level,
                           Attributes data) noexcept {
  add_breadcrumb(message, {.category = category, .level = level, .data = data});
}
inline void set_tag(std::string_view key, ValueRef value) noexcept {
  if (detail::is_on()) live::set_tag(key, value);
}
inline void remove_tag(std::string_view key) noexcept {
  if (detail::is_on()) live::remove_tag(key);
}
inline void set_user(const User& user) noexcept {
  if (detail::is_on()) live::set_user(user);
}
inline void remove_user() noexcept {
  if (detail::is_on()) live::remove_user();
}
inline void set_request(const Request& request) noexcept {
  if (detail::is_on()) live::set_request(request);
}
inline void remove_request() noexcept {
  if (detail::is_on()) live::remove_request();
}
inline void set_context(std::string_view name, Attributes facts) noexcept {
  if (detail::is_on()) live::set_context(name, facts);
}
inline void remove_context(std::string_view name) noexcept {
  if (detail::is_on()) live::remove_context(name);
}
inline void set_extra(std::string_view key, ValueRef value) noexcept {
  if (detail::is_on()) live::set_extra(key, value);
}
inline void remove_extra(std::string_view key) noexcept {
  if (detail::is_on()) live::remove_extra(key);
}
inline void set_level(Level level) noexcept {
  if (detail::is_on()) live::set_level(level);
}
inline void remove_level() noexcept {
  if (detail::is_on()) live::remove_level();
}
inline void set_fingerprint(const std::vector<std::string>& fingerprint) noexcept {
  if (detail::is_on()) live::set_fingerprint(fingerprint);
}
inline void remove_fingerprint() noexcept {
  if (detail::is_on()) live::remove_fingerprint();
}
inline void set_transaction_name(std::string_view name) noexcept {
  if (detail::is_on()) live::set_transaction_name(name);
}
inline void remove_transaction_name() noexcept {
  if (detail::is_on()) live::remove_transaction_name();
}
inline void add_attachment(const Attachment& attachment) noexcept {
  if (detail::is_on()) live::add_attachment(attachment);
}
inline void clear_attachments() noexcept {
  if (detail::is_on()) live::clear_attachments();
}
inline ScopeGuard push_scope() noexcept {
  return detail::is_on() ? live::push_scope() : ScopeGuard();
}
inline ScopeGuard isolate() noexcept { return detail::is_on() ? live::isolate() : ScopeGuard(); }

}  // namespace picket
