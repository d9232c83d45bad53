#include "bot/chat_api.hpp"

#include "bot/errors.hpp"
#include "picket/captures.hpp"
#include "picket/json.hpp"
#include "picket/picket.hpp"

#include <exception>

#include <fmt/format.h>

namespace bot {

namespace {

/// The chat platform answers with JSON; what it says of an error stands in `message`.
picket::Value parsed(const std::string& body) {
  auto document = picket::parse_json(body);
  return document ? std::move(*document) : picket::Value();
}

/// Says what an answer, or the lack of one, means for a command. To be called where the original is
/// being handled, which becomes the cause. (T21)
[[noreturn]] void throw_translated(const http::StatusError& error) {
  constexpr int kForbidden = 403;
  constexpr int kNotFound = 404;
  switch (error.status()) {
    case kNotFound:
      std::throw_with_nested(ChatRefusal("the chat platform does not know that"));
    case kForbidden:
      std::throw_with_nested(ChatRefusal("the chat platform does not allow that"));
    default:
      std::throw_with_nested(
          ChatFailure(fmt::format("the chat platform answered {}", error.status())));
  }
}

/// Runs one exchange for the current span, and translates what goes wrong.
std::string translated_exchange(const http::Request& request, http::Response& response) {
  try {
    response = http::exchange(request);
    picket::current_span().set_status(picket::status_from_http(response.status));
    if (response.status < 300) return response.body;
    throw http::StatusError(response.status, fmt::format("HTTP status {}", response.status));
  } catch (const http::StatusError& error) {
    throw_translated(error);
  } catch (const http::ConnectionError&) {
    std::throw_with_nested(ChatFailure("the chat platform cannot be reached"));
  }
}

}  // namespace

std::string ChatApi::call(http::Request request, std::string_view endpoint) {
  request.url = base_url_ + request.url;
  request.timeout = timeout_;
  http::Response response;
  try {
    return translated_exchange(request, response);
  } catch (const ChatRefusal&) {
    throw;
  } catch (const std::exception& error) {
    picket::capture_api_error(
        error, {.endpoint = endpoint, .status_code = response.status, .response = response.body});
    throw;
  }
}

std::string ChatApi::send_dm(const std::string& user_id, const std::string& kind,
                             const std::string& reason) {
  auto span = picket::start_span({.op = "discord_api", .description = "send_dm"});
  span.set_tag("message_type", kind).set_data("message_type", kind);
  const picket::Object message{{"kind", kind}, {"reason", reason}};
  const std::string answer = call({.method = "POST",
                                   .url = fmt::format("/users/{}/messages", http::encoded(user_id)),
                                   .body = picket::to_json(message)},
                                  "/users/{id}/messages");
  return std::string(parsed(answer).at("id").text_or(""));
}

void ChatApi::post_notice(const std::string& channel_id, const std::string& text) {
  auto span = picket::start_span({.op = "discord_api", .description = "post_notice"});
  call({.method = "POST",
        .url = fmt::format("/channels/{}/notices", http::encoded(channel_id)),
        .body = picket::to_json(picket::Object{{"text", text}})},
       "/channels/{id}/notices");
}

std::vector<std::string> ChatApi::search(const std::string& text) {
  auto span = picket::start_span({.op = "discord_api", .description = "search"});
  const picket::Value answer =
      parsed(call({.url = "/search?text=" + http::encoded(text)}, "/search"));
  std::vector<std::string> found;
  const picket::List* messages = answer.at("messages").as_list();
  if (messages == nullptr) return found;
  for (const picket::Value& message : *messages) found.emplace_back(message.text_or(""));
  span.set_data("message_count", found.size());
  return found;
}

}  // namespace bot
