// What is made of the tracing functions for the convenience of hosts: names taken from the place of
// a call, and the current span without a handle.

#include "base/contain.hpp"
#include "base/text.hpp"
#include "picket/tracing.hpp"
#include "sdk/current_client.hpp"
#include "stacktrace/demangle.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <typeinfo>

namespace picket {
namespace {

// Bytes of an error's text that a span keeps, as `SpanHandle::set_failed` does.
constexpr std::size_t kMaxErrorText = 1024;

std::string_view function_at(const SourceLocation& location) noexcept {
  return location.function != nullptr ? location.function : "";
}

/// The file without its ending: the nearest thing to a module.
std::string_view module_at(const SourceLocation& location) noexcept {
  if (location.file == nullptr) return {};
  const std::string_view name = base::file_name(location.file);
  return name.substr(0, name.find('.'));
}

std::string name_after(const SourceLocation& location) {
  std::string name(module_at(location));
  name.append(".").append(function_at(location));
  return name;
}

std::string_view text_of(SetupPhase state) noexcept {
  return state == SetupPhase::starting ? "_starting" : "_finished";
}

}  // namespace

namespace live {

Transaction start_transaction(const TransactionArgs& args,
                              const SourceLocation& location) noexcept {
  const bool is_named = !args.name.empty() || function_at(location).empty();
  if (is_named) return live::start_transaction(args);
  return base::contain(Transaction(), [&] {
    const std::string name = name_after(location);
    TransactionArgs named = args;
    named.name = name;
    return live::start_transaction(named);
  });
}

Span start_span(const SpanArgs& args, const SourceLocation& location) noexcept {
  const bool is_described = !args.description.empty() || function_at(location).empty();
  if (is_described || !current_span().is_recording()) return live::start_span(args);
  return base::contain(Span(), [&] {
    const std::string description = std::string("running ").append(function_at(location));
    SpanArgs described = args;
    described.description = description;
    return live::start_span(described);
  });
}

void set_span_attributes(const Attributes& data) noexcept { current_span().set_data(data); }

void set_span_attribute(std::string_view key, const ValueRef& value) noexcept {
  current_span().set_data(key, value);
}

void set_span_tag(std::string_view key, const ValueRef& value) noexcept {
  current_span().set_tag(key, value);
}

}  // namespace live

void finish_transaction_on_error() noexcept {
  current_span().set_status(SpanStatus::internal_error);
}

void set_setup_phase(SpanHandle& span, std::string_view phase, SetupPhase state) noexcept {
  if (!span.is_recording()) return;
  base::contain([&] { span.set_tag("setup_phase", std::string(phase).append(text_of(state))); });
}

void set_setup_phase(std::string_view phase, SetupPhase state) noexcept {
  SpanHandle span = current_span();
  set_setup_phase(span, phase, state);
}

void capture_span_exception(const std::exception& error, Attributes facts) noexcept {
  SpanHandle span = current_span();
  if (!span.is_recording()) return;
  base::contain([&] {
    span.set_status(SpanStatus::internal_error);
    const std::string name = stacktrace::demangle(typeid(error).name());
    span.set_data("error.type", stacktrace::unwrap_nested(name));
    const char* const what = error.what();
    if (what != nullptr) span.set_data("error", base::utf8_prefix(what, kMaxErrorText));
    for (std::size_t i = 0; i < facts.size(); ++i) {
      span.set_data(std::string("extra.").append(facts[i].key), facts[i].value);
    }
  });
}

}  // namespace picket
