#include "service/placeholders.hpp"

#include "picket/json.hpp"

namespace picket::service {

std::string fill_in(std::string_view text,
                    const std::function<std::optional<std::string>(std::string_view)>& value) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const std::size_t end = text.find_first_of("{}", 1);  // of a name, or another one begins
    const bool is_closed = end != std::string_view::npos && text[end] == '}';
    const auto found = is_closed ? value(text.substr(1, end - 1)) : std::nullopt;
    const std::size_t taken = is_closed ? end + 1 : 1;
    filled += found ? std::string_view(*found) : text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return filled;
}

std::string text_of(const ValueRef& value) {
  const Value owned = value.to_value();
  return owned.as_text() != nullptr ? *owned.as_text() : to_json(owned);
}

}  // namespace picket::service
