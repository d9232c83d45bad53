// Where an answer of HTTP/1.1 ends, in whatever pieces it comes.

#include "transport/http_reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace picket::transport {
namespace {

using State = HttpReader::State;

struct Outcome {
  State state = State::under_way;
  int status = 0;
  bool keeps = false;
  std::string body{};
  std::string retry_after{};
};

/// Reads `text` in pieces of so many bytes, then the end of the connection if it is not done.
Outcome read(std::string_view text, std::size_t piece) {
  HttpAnswer answer;
  answer.restart();
  HttpReader reader;
  reader.restart(answer);
  Outcome outcome;
  for (std::size_t i = 0; i < text.size() && outcome.state == State::under_way; i += piece) {
    outcome.state = reader.read(text.substr(i, piece));
  }
  if (outcome.state == State::under_way) outcome.state = reader.end();
  outcome.status = reader.status();
  outcome.keeps = reader.keeps_connection();
  outcome.body = answer.body();
  outcome.retry_after = answer.take(outcome.status).retry_after;
  return outcome;
}

TEST_SUITE("transport/http_reader") {
  TEST_CASE("an answer ends where its head says, in whatever pieces it comes") {  // P1.8
    struct Row {
      const char* name;
      std::string text;
      State state;
      int status;
      bool keeps;
      const char* body;
    };
    const Row rows[] = {
        {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", State::done, 200, true,
         "{}"},
        {"bare line feeds", "HTTP/1.1 200\nContent-Length: 2\n\n{}", State::done, 200, true, "{}"},
        {"no body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", State::done, 200, true, ""},
        {"no content", "HTTP/1.1 204 No Content\r\n\r\n", State::done, 204, true, ""},
        {"not modified", "HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n", State::done, 304, true, ""},
        {"chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{\"\r\n1\r\n}\r\n0\r\n\r\n",
         State::done, 200, true, "{\"}"},
        {"chunks whatever the length says",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: "
         "1\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
         State::done, 200, true, "0123456789"},
        {"a chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n{}",
         State::done, 200, false, ""},
        {"up to the end", "HTTP/1.1 200 OK\r\n\r\n{}", State::done, 200, false, "{}"},
        {"shorter than said", "HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n{}", State::done, 500,
         false, "{}"},
        {"closing", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\n{}",
         State::done, 200, false, "{}"},
        {"an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", State::done, 200, false,
         "{}"},
        {"an old server that keeps it",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", State::done,
         200, true, "{}"},
        {"an interim answer",
         "HTTP/1.1 103 Early\r\nRetry-After: 9\r\nContent-Length: 5\r\n\r\nHTTP/1.1 201 "
         "Made\r\nContent-Length: 0\r\n\r\n",
         State::done, 201, true, ""},
        {"an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n", State::broken, 100, false, ""},
        {"a head cut short", "HTTP/1.1 200 OK\r\nContent-", State::broken, 200, false, ""},
        {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: 2,2\r\n\r\n{}", State::broken,
         200, false, ""},
        {"another protocol", "220 smtp.example ready\r\n", State::broken, 0, false, ""},
        {"another version", "HTTP/2 200 OK\r\n\r\n", State::broken, 0, false, ""},
        {"nothing", "", State::broken, 0, false, ""},
    };
    for (const Row& row : rows) {
      for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
        CAPTURE(row.name);
        CAPTURE(piece);
        const Outcome outcome = read(row.text, piece);
        CHECK(outcome.state == row.state);
        CHECK(outcome.status == row.status);
        CHECK(outcome.keeps == row.keeps);
        CHECK(outcome.body == row.body);
        CHECK(outcome.retry_after.empty());
      }
    }
  }

  TEST_CASE("a connection over which more came than was asked for is not used again") {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    CHECK(read(answer, 4096).keeps);
    CHECK_FALSE(read(answer + answer, 4096).keeps);
  }

  TEST_CASE("lines that never end, and bodies that do not, are cut off") {
    CHECK(read("HTTP/1.1 200 OK\r\n" + std::string(kMaxAnswerHead + 10, 'x'), 1000).state ==
          State::broken);
    const Outcome outcome =
        read("HTTP/1.1 200 OK\r\nRetry-After: 5\r\n\r\n" + std::string(1U << 20U, 'x'), 1000);
    CHECK(outcome.state == State::done);
    CHECK_FALSE(outcome.keeps);
    CHECK(outcome.retry_after == "5");
    CHECK(outcome.body.size() == kMaxAnswerBody);
  }
}

}  // namespace
}  // namespace picket::transport
