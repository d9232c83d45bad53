#include "picket/error_policy.hpp"

#include "base/contain.hpp"
#include "picket/captures.hpp"
#include "picket/json.hpp"
#include "service/placeholders.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace picket {
namespace {

constexpr int kMaxUnwrapped = 10;
constexpr std::string_view kNeutralText = "Something went wrong.";  // S7.4: nothing of the inside

/// The class without its namespace, and that of `std::throw_with_nested` taken off.
std::string bare_type(const std::type_info& type) {
  const std::string demangled = stacktrace::demangle(type.name());
  return stacktrace::split_type_name(stacktrace::unwrap_nested(demangled)).type;
}

/// What `std::throw_with_nested` throws is of a class derived from the one that was meant.
bool is_exactly(const std::type_info& declared, const std::exception& error) {
  if (declared == typeid(error)) return true;
  if (dynamic_cast<const std::nested_exception*>(&error) == nullptr) return false;
  const std::string thrown = stacktrace::demangle(typeid(error).name());
  return stacktrace::unwrap_nested(thrown) == stacktrace::demangle(declared.name());
}

std::exception_ptr nested_in(const std::exception& error) {
  const auto* const nested = dynamic_cast<const std::nested_exception*>(&error);
  return nested == nullptr ? std::exception_ptr{} : nested->nested_ptr();
}

std::string own_text(const std::exception* error) {
  const char* const what = error == nullptr ? nullptr : error->what();
  return what == nullptr ? std::string() : what;
}

}  // namespace

/// The rule for an error, and the one of its causes that the rule is for.
struct ErrorPolicy::Match {
  std::exception_ptr keeper{};  // of `error`; null: the caller keeps it
  const std::exception* error = nullptr;
  const ErrorRule* rule = nullptr;
};

ErrorPolicy::ErrorPolicy() = default;

ErrorPolicy& ErrorPolicy::add(const std::type_info& type, Test test, ErrorRule rule) {
  const auto former = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const Entry& entry) { return *entry.type == type; });
  if (former != entries_.end()) {
    former->rule = std::move(rule);
  } else {
    entries_.push_back({&type, test, std::move(rule)});
  }
  return *this;
}

ErrorPolicy& ErrorPolicy::add_wrapper(Test test, Original original) {
  wrappers_.push_back({test, std::move(original)});
  return *this;
}

ErrorPolicy& ErrorPolicy::otherwise(ErrorRule rule) {
  otherwise_ = std::move(rule);
  return *this;
}

const ErrorPolicy::Entry* ErrorPolicy::entry_for(const std::exception& error) const {
  const auto find = [this](auto&& test) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), test);
    return found == entries_.end() ? nullptr : &*found;
  };
  const Entry* const exact = find([&](const Entry& e) { return is_exactly(*e.type, error); });
  return exact != nullptr ? exact : find([&](const Entry& e) { return e.test(error); });
}

ErrorPolicy::Match ErrorPolicy::match(std::exception_ptr keeper,
                                      const std::exception* error) const {
  Match fallback{keeper, error, nullptr};
  bool is_plain = false;  // whether `fallback` is no mere wrapper
  for (int unwrapped = 0; error != nullptr && unwrapped <= kMaxUnwrapped; ++unwrapped) {
    const auto wrapper = std::find_if(wrappers_.begin(), wrappers_.end(),
                                      [&](const Wrapper& each) { return each.test(*error); });
    const bool is_wrapper = wrapper != wrappers_.end();
    std::exception_ptr cause =
        is_wrapper && wrapper->original ? wrapper->original(*error) : nested_in(*error);
    const Entry* const entry = entry_for(*error);
    if (entry != nullptr && !(is_wrapper && cause)) return {keeper, error, &entry->rule};
    if (!is_plain && fallback.rule == nullptr) {
      fallback = {keeper, error, entry == nullptr ? nullptr : &entry->rule};
      is_plain = !is_wrapper;
    }
    keeper = std::move(cause);
    error = stacktrace::inspect(keeper).as_std_exception;
  }
  if (fallback.rule == nullptr) fallback.rule = &otherwise_;
  return fallback;
}

const ErrorRule& ErrorPolicy::rule_for(const std::exception_ptr& error) const noexcept {
  return *base::contain(
      &otherwise_, [&] { return match(error, stacktrace::inspect(error).as_std_exception).rule; });
}

const ErrorRule& ErrorPolicy::rule_for(const std::exception& error) const noexcept {
  return *base::contain(&otherwise_, [&] { return match(nullptr, &error).rule; });
}

ErrorReply ErrorPolicy::make_reply(const Match& match, EventId event_id, Attributes facts) const {
  const ErrorRule& rule = *match.rule;
  std::string text = rule.text;
  if (text.empty()) text = rule.send ? std::string(kNeutralText) : "{error}";
  const bool shows_id = text.find("{event_id}") != std::string::npos;
  const std::string id = event_id.is_nil() ? std::string() : event_id.to_string();
  const auto value = [&](std::string_view name) -> std::optional<std::string> {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (facts[i].key == name) return service::text_of(facts[i].value);
    }
    if (name == "error") return own_text(match.error);
    if (name == "type" && match.error != nullptr) return bare_type(typeid(*match.error));
    if (name == "event_id") return id;
    return {};
  };
  ErrorReply reply{.text = service::fill_in(text, value),
                   .show_usage = rule.show_usage,
                   .is_user_error = !rule.send,
                   .event_id = event_id};
  if (!id.empty() && !shows_id) reply.text += fmt::format(" (error id {})", id);
  return reply;
}

ErrorReply ErrorPolicy::reply(const std::exception_ptr& error, EventId event_id,
                              Attributes facts) const noexcept {
  return base::contain(ErrorReply{}, [&] {
    const Match found = match(error, stacktrace::inspect(error).as_std_exception);
    return make_reply(found, event_id, facts);
  });
}

template <class Error>
ErrorReply ErrorPolicy::deal_with(const Error& error, const Match& found, const ErrorFacts& facts,
                                  SourceLocation location) const {
  if (!found.rule->send) {
    const std::string type = found.error == nullptr ? "" : bare_type(typeid(*found.error));
    diag::log(found.rule->level.value_or(Level::debug), "not sent, by rule: {}", type);
    return make_reply(found, EventId{}, facts.facts);
  }
  CaptureOptions options = facts.capture == nullptr ? CaptureOptions{} : *facts.capture;
  if (!options.level) options.level = found.rule->level;
  return make_reply(found, capture_exception_safe(error, options, location), facts.facts);
}

ErrorReply ErrorPolicy::handle(const std::exception_ptr& error, const ErrorFacts& facts,
                               SourceLocation location) const noexcept {
  return base::contain(ErrorReply{}, [&] {
    return deal_with(error, match(error, stacktrace::inspect(error).as_std_exception), facts,
                     location);
  });
}

ErrorReply ErrorPolicy::handle(const std::exception& error, const ErrorFacts& facts,
                               SourceLocation location) const noexcept {
  return base::contain(ErrorReply{},
                       [&] { return deal_with(error, match(nullptr, &error), facts, location); });
}

}  // namespace picket
