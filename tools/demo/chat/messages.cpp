#include "chat/messages.hpp"

#include "picket/picket.hpp"

#include <fmt/format.h>

namespace chat {

std::string render(std::string_view kind, std::string_view reason, const Recipient& recipient) {
  const auto span = picket::start_span({.op = "template.render", .description = "direct_message"});
  return fmt::format("Dear {}, this is a {}: {}", recipient.name, kind, reason);
}

std::string Outbox::deliver(std::string_view text) {
  auto span = picket::start_span({.op = "queue.publish", .description = "outbox"});
  span.set_data("messaging.message.body.size", text.size());
  return fmt::format("8{:017}", ++count_);
}

}  // namespace chat
