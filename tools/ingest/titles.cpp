#include "ingest/titles.hpp"

namespace picket::ingest {

std::string exception_title(const Node& exception) {
  const std::string type(exception["type"].text_or(""));
  const std::string value(exception["value"].text_or(""));
  return type.empty() || value.empty() ? type + value : type + ": " + value;
}

std::string message_text(const Node& event) {
  const Node message = event["logentry"] ? event["logentry"] : event["message"];
  if (message.text()) return *message.text();
  return std::string(message["formatted"].text_or(message["message"].text_or("")));
}

std::string title_of(std::string_view item_type, const Node& event) {
  if (item_type == "transaction") {
    return std::string(event["transaction"].text_or("(unnamed transaction)"));
  }
  if (item_type == "feedback") {
    return std::string(event["contexts"]["feedback"]["message"].text_or(""));
  }
  const auto exceptions = event["exception"].elements();
  if (!exceptions.empty()) return exception_title(exceptions.back());
  const std::string message = message_text(event);
  return message.empty() ? "(no message)" : message;
}

}  // namespace picket::ingest
