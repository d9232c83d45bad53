#include "picket/filters.hpp"

#include "base/text.hpp"
#include "stacktrace/demangle.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace picket::filters {
namespace {

/// `shop.db.Timeout` as C++ writes it.
std::string with_colons(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '.') {
      text += "::";
    } else {
      text += c;
    }
  }
  return text;
}

/// A type that a filter looks for.
struct TypeName {
  explicit TypeName(std::string_view text)
      : full(with_colons(base::trim(text))), bare(stacktrace::split_type_name(full).type) {}

  /// True if it names the end of `path`, or all of it.
  [[nodiscard]] bool ends(std::string_view path) const noexcept {
    if (full.empty() || !path.ends_with(full)) return false;
    path.remove_suffix(full.size());
    return path.empty() || path.ends_with("::");
  }

  [[nodiscard]] bool names(const Exception& exception) const {
    const std::string type = with_colons(exception.type);
    if (!exception.module.empty()) return ends(with_colons(exception.module) + "::" + type);
    return ends(type) || (!bare.empty() && type == bare);
  }

  std::string full;
  std::string bare;
};

/// The part of the chain that is looked at.
std::pair<std::size_t, std::size_t> range_of(const Event& event, ChainMatch match) noexcept {
  const std::size_t size = event.exceptions.size();
  if (size == 0 || match == ChainMatch::any) return {0, size};
  return match == ChainMatch::innermost ? std::pair<std::size_t, std::size_t>{0, 1}
                                        : std::pair<std::size_t, std::size_t>{size - 1, size};
}

constexpr Verdict drop_if(bool condition) noexcept {
  return condition ? Verdict::drop : Verdict::keep;
}

/// `text` is in lower case and not empty.
bool contains(std::string_view in, const std::string& text) {
  return base::to_lower(in).find(text) != std::string::npos;
}

std::string_view message_of(const Event& event) noexcept {
  if (!event.message) return {};
  return event.message->formatted.empty() ? event.message->message : event.message->formatted;
}

}  // namespace

BeforeSend drop_exception_types(std::vector<std::string> types, ChainMatch match) {
  std::vector<TypeName> names(types.begin(), types.end());
  return [names = std::move(names), match](const Event& event, const Hint&) {
    const auto [begin, end] = range_of(event, match);
    for (std::size_t i = begin; i < end; ++i) {
      for (const TypeName& name : names) {
        if (name.names(event.exceptions[i])) return Verdict::drop;
      }
    }
    return Verdict::keep;
  };
}

BeforeSend drop_message_containing(std::string text, MessageMatch match) {
  return [text = base::to_lower(text), match](const Event& event, const Hint&) {
    if (text.empty()) return Verdict::keep;
    if (contains(message_of(event), text)) return Verdict::drop;
    if (match == MessageMatch::message_only) return Verdict::keep;
    return drop_if(
        std::any_of(event.exceptions.begin(), event.exceptions.end(),
                    [&](const Exception& exception) { return contains(exception.value, text); }));
  };
}

BeforeSend drop_loggers(std::vector<std::string> loggers) {
  return [loggers = std::move(loggers)](const Event& event, const Hint&) {
    const std::string_view logger = event.logger;
    return drop_if(std::any_of(loggers.begin(), loggers.end(), [&](const std::string& name) {
      if (name.empty() || !logger.starts_with(name)) return false;
      return logger.size() == name.size() || logger[name.size()] == '.';
    }));
  };
}

BeforeSend all(std::vector<BeforeSend> filters) {
  return [filters = std::move(filters)](Event& event, Hint& hint) {
    return drop_if(std::any_of(filters.begin(), filters.end(), [&](const BeforeSend& filter) {
      return filter && filter(event, hint) == Verdict::drop;
    }));
  };
}

}  // namespace picket::filters
