// A request to another service and all the ways in which it ends. What the user caused is answered;
// what the other side caused is reported, once.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"
#include "driver/trace_tree.hpp"

#include <fmt/format.h>

namespace demo {

namespace {

/// One search and what is to come of it.
struct Search {
  const char* text;
  const char* reply;    // its beginning
  const char* http;     // status of the spans on both sides
  const char* command;  // status of the command
  int status_code;      // 0: there is no answer
  const char* error;    // null: none is reported
};

constexpr Search kSearches[] = {
    {"hello", "2 found: hello everybody | hello, who moderates here?", "ok", "ok", 200, nullptr},
    {"dragons", "the chat platform does not know that", "not_found", "invalid_argument", 404,
     nullptr},
    {"eye on", "the chat platform does not allow that", "permission_denied", "invalid_argument",
     403, nullptr},
    {"parcel", "something went wrong, error id ", "internal_error", "internal_error", 500,
     "the chat platform answered 500"},
    {"anything", "something went wrong, error id ", "internal_error", "internal_error", 0,
     "the chat platform cannot be reached"},
};

std::string tree_of(const Search& search) {
  std::string tree = fmt::format(
      "command search: {} [bot@1.0.0]\n"
      "  discord_api search: {}\n"
      "    http.client GET http://127.0.0.1/search: {}",
      search.command, search.http, search.http);
  if (search.status_code != 0) {
    tree += fmt::format(
        "\n      http.server GET /search: {} [chat@2.0.0]"
        "\n        function search_archive: ok",
        search.http);
  }
  return search.error == nullptr ? tree : tree + "\n    error ChatFailure: " + search.error;
}

void check_search(Expected& expected, Checks& checks, const Arrivals& arrivals,
                  const Search& search, std::size_t number) {
  const std::string name = fmt::format("search '{}'", search.text);
  const auto& command = expected.transaction(
      name,
      {{"transaction", "search"}, {"contexts/command/message_id", fmt::format("9{:017}", number)}},
      {{"contexts/trace/status", search.command}, {"user/id", "2"}, {"tags/feature", "search"}});
  const std::string code = search.status_code == 0 ? "absent" : std::to_string(search.status_code);
  const auto requests = spans_of(command, "http.client");
  expected.facts(name + ": its request", requests.empty() ? picket::Value() : requests.front(),
                 {{"data/http.response.status_code", code}, {"status", search.http}});
  if (search.status_code != 0) {
    expected.transaction(name + ": the chat platform's part",
                         {{"contexts/trace/trace_id", trace_id_of(command)}},
                         {{"release", "chat@2.0.0"},
                          {"transaction", "GET /search"},
                          {"contexts/trace/data/http.response.status_code", code},
                          {"contexts/trace/status", search.http}});
  }
  checks.equal(name + ": its trace", tree_of(search), trace_tree(arrivals, trace_id_of(command)));
}

/// The events come in order: one service sends them.
void check_errors(Expected& expected) {
  expected.event("500 is an error of kind api",
                 {{"exception/values/-1/type", "ChatFailure"},
                  {"exception/values/-1/value", "the chat platform answered 500"},
                  {"exception/values/0/type", "StatusError"},
                  {"exception/values/0/value", "HTTP status 500"},
                  {"tags/error.type", "api"},
                  {"tags/api.endpoint", "/search"},
                  {"tags/api.status_code", "500"},
                  {"contexts/api_error/error_type", "ChatFailure"},
                  {"contexts/api_error/error_message", "the chat platform answered 500"},
                  {"contexts/api_error/endpoint", "/search"},
                  {"contexts/api_error/status_code", "500"},
                  {"contexts/api_error/response", R"({"message":"the archive is damaged"})"},
                  {"transaction", "search"}});
  expected.event("so is a refused connection, without a status",
                 {{"exception/values/-1/type", "ChatFailure"},
                  {"exception/values/0/type", "ConnectionError"},
                  {"tags/error.type", "api"},
                  {"tags/api.endpoint", "/search"},
                  {"tags/api.status_code", "absent"},
                  {"contexts/api_error/error_type", "ChatFailure"},
                  {"contexts/api_error/status_code", "absent"},
                  {"contexts/api_error/response", "absent"},
                  {"transaction", "search"}});
}

}  // namespace

void api_answers(Stage& stage) {
  Checks& checks = stage.checks();
  Ingest ingest(stage.places());
  Chat chat(stage.places(), {"--dsn", ingest.dsn()});
  Bot bot(stage.places(), {"--dsn", ingest.dsn(), "--chat", chat.url(), "--traces-sample-rate", "1",
                           "--release", "bot@1.0.0"});
  for (const Search& search : kSearches) {
    if (search.status_code == 0) chat.stop();
    const std::string reply = bot.ask(fmt::format("@2 large !search {}", search.text));
    checks.holds(fmt::format("reply to '{}'", search.text), search.reply, reply,
                 reply.starts_with(search.reply));
  }
  bot.finish();
  const Arrivals arrivals = ingest.stop();
  stage.keep(arrivals);
  Expected expected(checks, arrivals);
  check_errors(expected);
  std::size_t number = 0;
  for (const Search& search : kSearches) {
    check_search(expected, checks, arrivals, search, ++number);
  }
  expected.absorbed(4);
  expected.nothing_else();
}

}  // namespace demo
