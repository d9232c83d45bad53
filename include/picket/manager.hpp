#pragma once

// `Manager` offers everything of the service layer through one object, for hosts that like to hand
// such a thing around. It has no state: make one wherever it is needed, keep it as a member, copy
// it; all refer to the process-wide client. Each member is the free function of the same name.
//
//   picket::Manager::setup({.release = "bot@1.4.0"});
//   const picket::Manager monitoring;
//   monitoring.set_tag("feature", "moderation");

#include "picket/captures.hpp"
#include "picket/command.hpp"
#include "picket/picket.hpp"
#include "picket/privacy.hpp"
#include "picket/task.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace picket {

/// Threads: any.
/// Spec: S2.1, S3.8, S15.1.
class Manager {
 public:
  /// The client lives until `close` or the normal end of the process.
  static InitStatus setup(Options options = {}) noexcept {
    return picket::setup(std::move(options));
  }
  static bool close() noexcept { return picket::close(); }

  [[nodiscard]] bool is_initialized() const noexcept { return picket::is_initialized(); }
  [[nodiscard]] InitStatus init_status() const noexcept { return picket::init_status(); }
  [[nodiscard]] std::string init_message() const { return picket::init_message(); }
  bool flush(std::chrono::milliseconds timeout) const noexcept { return picket::flush(timeout); }
  [[nodiscard]] Stats stats() const { return picket::stats(); }

  EventId capture_exception_safe(
      const std::exception& error, const CaptureOptions& options = {},
      SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_exception_safe(error, options, location);
  }
  EventId capture_exception_safe(
      const std::exception_ptr& error = std::current_exception(),
      const CaptureOptions& options = {},
      SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_exception_safe(error, options, location);
  }
  EventId capture_message(std::string_view text, Level level = Level::info,
                          const CaptureOptions& options = {},
                          SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_message(text, level, options, location);
  }
  EventId capture_event(Event event, const CaptureOptions& options = {},
                        SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_event(std::move(event), options, location);
  }
  EventId capture_database_error(
      const std::exception& error, const DatabaseError& facts = {},
      const CaptureOptions& options = {},
      SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_database_error(error, facts, options, location);
  }
  EventId capture_api_error(const std::exception& error, const ApiError& facts = {},
                            const CaptureOptions& options = {},
                            SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_api_error(error, facts, options, location);
  }
  EventId capture_module_error(const std::exception& error, const ModuleError& facts,
                               const CaptureOptions& options = {},
                               SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_module_error(error, facts, options, location);
  }
  EventId capture_cog_error(const std::exception& error, const ModuleError& facts,
                            const CaptureOptions& options = {},
                            SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_cog_error(error, facts, options, location);
  }
  template <class Error>
  EventId capture_domain_error(const Error& error, const DomainInfo& facts = {},
                               const CaptureOptions& options = {},
                               SourceLocation location = SourceLocation::current()) const noexcept {
    return picket::capture_domain_error(error, facts, options, location);
  }
  [[nodiscard]] bool should_capture_error(std::string_view type) const noexcept {
    return picket::should_capture_error(type);
  }

  template <class User>
  void set_user_context(const User& user) const noexcept {
    picket::set_user_context(user);
  }
  void set_user_context(const User& user) const noexcept { picket::set_user_context(user); }
  void set_user_context(std::nullopt_t nobody) const noexcept { picket::set_user_context(nobody); }
  template <class Command>
  void set_command_context(const Command& command) const noexcept {
    picket::set_command_context(command);
  }
  void set_command_context(const CommandContext& command) const noexcept {
    picket::set_command_context(command);
  }
  void set_context(std::string_view name, Attributes facts) const noexcept {
    picket::set_context(name, facts);
  }
  void remove_context(std::string_view name) const noexcept { picket::remove_context(name); }
  void set_tag(std::string_view key, ValueRef value) const noexcept { picket::set_tag(key, value); }
  void remove_tag(std::string_view key) const noexcept { picket::remove_tag(key); }
  void add_breadcrumb(std::string_view message,
                      const BreadcrumbOptions& options = {}) const noexcept {
    picket::add_breadcrumb(message, options);
  }
  void add_breadcrumb(std::string_view message, std::string_view category,
                      Level level = Level::info, Attributes data = {}) const noexcept {
    picket::add_breadcrumb(message, category, level, data);
  }
  void add_breadcrumb(const Breadcrumb& breadcrumb) const noexcept {
    picket::add_breadcrumb(breadcrumb);
  }
  ScopeGuard push_scope() const noexcept { return picket::push_scope(); }
  ScopeGuard isolate() const noexcept { return picket::isolate(); }

  Transaction start_transaction(const TransactionArgs& args) const noexcept {
    return picket::start_transaction(args);
  }
  Span start_span(const SpanArgs& args) const noexcept { return picket::start_span(args); }

  void track_command_start(std::string_view name) const noexcept {
    picket::track_command_start(name);
  }
  void track_command_end(std::string_view name, bool success = true,
                         const std::exception* error = nullptr) const noexcept {
    picket::track_command_end(name, success, error);
  }
  void track_command_end(std::string_view name, Outcome outcome,
                         const std::exception* error = nullptr) const noexcept {
    picket::track_command_end(name, outcome, error);
  }
  void track_command_end(std::string_view name, const void* error) const = delete;
  CommandTimer track_command(std::string_view name) const noexcept {
    return picket::track_command(name);
  }

  [[nodiscard]] Object sanitize(const Object& object, const SanitizeOptions& options = {}) const {
    return picket::sanitize(object, options);
  }
};

}  // namespace picket
