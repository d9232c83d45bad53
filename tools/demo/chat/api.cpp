#include "chat/api.hpp"

#include "chat/archive.hpp"
#include "chat/directory.hpp"
#include "picket/json.hpp"
#include "picket/value.hpp"

#include <string>

namespace chat {

namespace {

void answer(httplib::Response& response, int status, const picket::Object& document) {
  response.status = status;
  response.set_content(picket::to_json(document), "application/json");
}

void refuse(httplib::Response& response, int status, const char* message) {
  answer(response, status, {{"message", message}});
}

picket::Value body_of(const httplib::Request& request) {
  auto document = picket::parse_json(request.body);
  return document ? std::move(*document) : picket::Value();
}

void send_message(Outbox& outbox, const httplib::Request& request, httplib::Response& response) {
  const Recipient* recipient = find_recipient(request.matches[1].str());
  if (recipient == nullptr) return refuse(response, 404, "there is no such user");
  if (!recipient->takes_messages) return refuse(response, 403, "they take no messages");
  const picket::Value body = body_of(request);
  const std::string text =
      render(body.at("kind").text_or("message"), body.at("reason").text_or(""), *recipient);
  answer(response, 200, {{"id", outbox.deliver(text)}});
}

void post_notice(Outbox& outbox, const httplib::Request& request, httplib::Response& response) {
  const picket::Value body = body_of(request);
  answer(response, 200, {{"id", outbox.deliver(body.at("text").text_or(""))}});
}

void search_messages(const httplib::Request& request, httplib::Response& response) {
  SearchResult result = search(request.get_param_value("text"));
  switch (result.found) {
    case Found::some:
      return answer(response, 200, {{"messages", std::move(result.texts)}});
    case Found::nothing:
      return refuse(response, 404, "nobody said that");
    case Found::only_private:
      return refuse(response, 403, "that was said in private");
    case Found::damaged:
      return refuse(response, 500, "the archive is damaged");
  }
}

}  // namespace

void Api::serve(picket::httplib::Server& server) {
  using Request = httplib::Request;
  using Response = httplib::Response;
  server.Post(R"(/users/(\d+)/messages)", [this](const Request& request, Response& response) {
    send_message(outbox_, request, response);
  });
  server.Post(R"(/channels/(\d+)/notices)", [this](const Request& request, Response& response) {
    post_notice(outbox_, request, response);
  });
  server.Get("/search", search_messages);
}

}  // namespace chat
