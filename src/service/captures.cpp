#include "picket/captures.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "picket/picket.hpp"
#include "protocol/fit.hpp"
#include "service/endpoint.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace picket {

DomainError::~DomainError() = default;

std::string type_name(const std::type_info& type) {
  const std::string name = stacktrace::demangle(type.name());
  return std::string(stacktrace::unwrap_nested(name));
}

namespace {

std::string_view text_of(const std::exception& error) noexcept {
  const char* const text = error.what();
  return text == nullptr ? std::string_view() : text;
}

std::string bare_name(const std::exception& error) {
  const std::string name = stacktrace::demangle(typeid(error).name());
  return stacktrace::split_type_name(stacktrace::unwrap_nested(name)).type;
}

/// What a capture adds to the options of its caller, whose tags win and whose contexts come last.
struct Addition {
  Object tags{};
  std::string context{};  // its name
  Object facts{};

  /// Arguments that are empty add nothing. Spec: S4.8.
  void tag(std::string_view key, std::string_view value) {
    if (!value.empty()) tags.set(key, Value(value));
  }
  void fact(std::string_view key, std::string_view value) {
    if (!value.empty()) facts.set(key, Value(value));
  }
};

/// Calls `capture` with the options of the caller and what is added to them.
template <class Capture>
EventId with_addition(Addition addition, const CaptureOptions& options, Capture&& capture) {
  for (std::size_t i = 0; i < options.tags.size(); ++i) {
    addition.tags.set(options.tags[i].key, options.tags[i].value.to_value());
  }
  std::vector<ContextBlock> blocks;
  if (!addition.context.empty()) blocks.push_back({addition.context, addition.facts});
  blocks.insert(blocks.end(), options.contexts.begin(), options.contexts.end());
  CaptureOptions all = options;
  all.tags = addition.tags;
  all.contexts = ContextBlocks(blocks.data(), blocks.size());
  return capture(all);
}

/// A capture of a certain kind; while off it leaves one line on the debug log. Spec: S4.8.
template <class Describe>
EventId capture_kind(const char* kind, const std::exception& error, const CaptureOptions& options,
                     SourceLocation location, Describe&& describe) noexcept {
  return base::contain(EventId{}, [&]() -> EventId {
    const Client client = current_client();
    if (!client.is_enabled()) {
      diag::debug("{} is not captured, picket is off", kind);
      return {};
    }
    Addition addition = describe(client.options());
    return with_addition(std::move(addition), options, [&](const CaptureOptions& all) {
      return capture_exception(error, all, location);
    });
  });
}

Value response_value(const ValueRef& response, std::size_t max_bytes) {
  if (const auto* text = std::get_if<std::string_view>(&response.storage())) {
    return base::utf8_prefix(*text, max_bytes);
  }
  Value value = response.to_value();
  protocol::fit(value, max_bytes);
  return value;
}

EventId capture_module(const std::exception& error, const ModuleError& facts, std::string_view kind,
                       const CaptureOptions& options, SourceLocation location) noexcept {
  return capture_kind("a module error", error, options, location, [&](const Options&) {
    Addition add{.context = fmt::format("{}_error", kind)};
    add.tag("error.type", kind);
    add.tag(fmt::format("{}.name", kind), facts.module);
    add.tag("command.name", facts.command);
    add.tag("event.name", facts.event);
    add.fact(fmt::format("{}_name", kind), facts.module);
    add.fact("error_type", bare_name(error));
    add.fact("command", facts.command);
    add.fact("event", facts.event);
    return add;
  });
}

/// Of an error that is not sent. The text passes the scrubber, for a log is read by many. Spec:
/// S4.4, S4.5.
void tell(std::string_view type, std::string_view text) {
  diag::error("not sent to the server: {}: {}", type, scrub_text(text));
}

void tell(const std::exception_ptr& error) {
  if (!error) return;
  const stacktrace::ThrownObject thrown = stacktrace::inspect(error);
  tell(thrown.type == nullptr ? "an exception" : type_name(*thrown.type),
       stacktrace::describe_value(thrown));
}

/// Captured, with the tag that marks the path.
template <class Error>
EventId capture_marked(const Error& error, const CaptureOptions& options, SourceLocation location) {
  Addition mark;
  mark.tags.set("error.captured_safely", true);
  return with_addition(std::move(mark), options, [&](const CaptureOptions& all) {
    return capture_exception(error, all, location);
  });
}

}  // namespace

EventId capture_exception_safe(const std::exception& error, const CaptureOptions& options,
                               SourceLocation location) noexcept {
  return base::contain(EventId{}, [&]() -> EventId {
    if (is_initialized()) return capture_marked(error, options, location);
    tell(type_name(typeid(error)), text_of(error));
    return {};
  });
}

EventId capture_exception_safe(const std::exception_ptr& error, const CaptureOptions& options,
                               SourceLocation location) noexcept {
  return base::contain(EventId{}, [&]() -> EventId {
    if (is_initialized()) return capture_marked(error, options, location);
    tell(error);
    return {};
  });
}

EventId capture_database_error(const std::exception& error, const DatabaseError& facts,
                               const CaptureOptions& options, SourceLocation location) noexcept {
  return capture_kind("a database error", error, options, location, [&](const Options& settings) {
    Addition add{.context = "database"};
    add.tag("error.type", "database");
    add.fact("error_type", bare_name(error));
    add.fact("error_message", text_of(error));
    add.fact("query", base::utf8_prefix(facts.query, settings.max_query_bytes));
    add.fact("table", facts.table);
    add.fact("operation", facts.operation);
    return add;
  });
}

EventId capture_api_error(const std::exception& error, const ApiError& facts,
                          const CaptureOptions& options, SourceLocation location) noexcept {
  return capture_kind("an API error", error, options, location, [&](const Options& settings) {
    Addition add{.context = "api_error"};
    const auto endpoint = service::bare_endpoint(facts.endpoint);
    add.tag("error.type", "api");
    add.tag("api.endpoint", fmt::format("{}{}", endpoint.scheme, endpoint.rest));
    add.fact("error_type", bare_name(error));
    add.fact("error_message", text_of(error));
    add.fact("endpoint", facts.endpoint);
    if (facts.status_code != 0) {
      add.tag("api.status_code", fmt::format("{}", facts.status_code));
      add.facts.set("status_code", facts.status_code);
    }
    Value response = response_value(facts.response, settings.max_response_bytes);
    const bool is_empty = response.is_null() || response.text_or("-").empty();
    if (!is_empty) add.facts.set("response", std::move(response));
    return add;
  });
}

EventId capture_module_error(const std::exception& error, const ModuleError& facts,
                             const CaptureOptions& options, SourceLocation location) noexcept {
  return capture_module(error, facts, facts.kind.empty() ? "module" : facts.kind, options,
                        location);
}

EventId capture_cog_error(const std::exception& error, const ModuleError& facts,
                          const CaptureOptions& options, SourceLocation location) noexcept {
  return capture_module(error, facts, "cog", options, location);
}

EventId capture_domain_error(const std::exception& error, const DomainInfo& facts,
                             const CaptureOptions& options, SourceLocation location) noexcept {
  return base::contain(EventId{}, [&] {
    detail::DomainFacts told;
    if (const auto* domain = dynamic_cast<const DomainError*>(&error)) {
      told = {.code = std::string(domain->code()),
              .severity = std::string(domain->severity()),
              .user_facing = domain->user_facing()};
    }
    return detail::capture_domain_error(error, told, facts, options, location);
  });
}

namespace detail {

EventId capture_domain_error(const std::exception& error, const DomainFacts& told,
                             const DomainInfo& facts, const CaptureOptions& options,
                             SourceLocation location) noexcept {
  return capture_kind("a domain error", error, options, location, [&](const Options& settings) {
    const std::string kind = fmt::format("{}_error", settings.domain);
    const std::string_view told_severity = told.severity;  // a view of both, not a copy of one
    const std::string_view severity = told_severity.empty() ? "unknown" : told_severity;
    Addition add{.context = kind};
    add.tag("error.type", kind);
    add.tag("error.severity", severity);
    add.facts.set("error_code", told.code.empty() ? Value() : Value(told.code));
    add.facts.set("user_facing", told.user_facing);
    add.fact("error_type", bare_name(error));
    add.fact("error_message", text_of(error));
    add.fact("command", facts.command_name);
    add.fact("user_id", facts.user_id);
    add.fact("guild_id", facts.guild_id);
    return add;
  });
}

}  // namespace detail
}  // namespace picket
