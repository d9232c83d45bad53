#pragma once

// One HTTP exchange, through libcurl. What comes back is what the server said, whatever it was; a
// server that cannot be reached is an exception. Every exchange is a span of the trace it belongs
// to, and tells the server which trace that is.

#include "bot/errors.hpp"

#include <chrono>
#include <string>

namespace bot::http {

struct Request {
  std::string method = "GET";  // or POST
  std::string url{};
  std::string body{};  // JSON, of a POST
  std::chrono::milliseconds timeout{5000};
};

struct Response {
  int status = 0;
  std::string body{};
};

/// There was no answer; in libcurl's own words.
class ConnectionError : public Error {
 public:
  using Error::Error;
};

/// There was an answer, but not the one that was hoped for.
class StatusError : public Error {
 public:
  StatusError(int status, const std::string& text) : Error(text), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

/// Errors: throws `ConnectionError`.
Response exchange(const Request& request);

/// Fit to stand in a path or a query: everything but letters, digits and `-_.~` as `%HH`.
std::string encoded(const std::string& text);

}  // namespace bot::http
