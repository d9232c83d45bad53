#include "chat/archive.hpp"

#include "picket/picket.hpp"

#include <array>
#include <string>

namespace chat {

namespace {

struct Message {
  std::string_view text;
  bool is_private = false;
  bool is_damaged = false;
};

constexpr std::array kMessages{
    Message{.text = "hello everybody"},
    Message{.text = "hello, who moderates here?"},
    Message{.text = "keep an eye on mallory", .is_private = true},
    Message{.text = "a parcel that broke on its way", .is_damaged = true},
};

void take(const Message& message, SearchResult& result) {
  if (result.found == Found::damaged) return;
  if (message.is_damaged) {
    result.found = Found::damaged;
  } else if (!message.is_private) {
    result.found = Found::some;
    result.texts.emplace_back(message.text);
  } else if (result.found == Found::nothing) {
    result.found = Found::only_private;
  }
}

}  // namespace

SearchResult search(std::string_view text) {
  auto span = picket::start_span({.op = "function", .description = "search_archive"});
  SearchResult result;
  for (const Message& message : kMessages) {
    if (message.text.find(text) != std::string_view::npos) take(message, result);
  }
  span.set_data("message_count", result.texts.size());
  return result;
}

}  // namespace chat
