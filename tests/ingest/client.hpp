#pragma once

// What the tests of the ingest server send with: an HTTP client that keeps its connection, and a
// bare socket for what an HTTP client would refuse to send or hide from us.

#include "ingest/server.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket::ingest::tests {

/// A header that every test server accepts.
inline constexpr std::string_view kAuth =
    "Sentry sentry_key=deadbeefdeadbeefdeadbeefdeadbeef, sentry_version=7, sentry_client=t/1";

struct Answer {
  int status = 0;  // 0: no answer came
  Headers headers{};
  std::string body{};
  std::string error{};

  [[nodiscard]] std::string_view header(std::string_view name) const {
    return find_header(headers, name);
  }
};

class Client {
 public:
  explicit Client(const IngestServer& server);
  ~Client();

  Answer post(const std::string& body, Headers headers = {},
              const std::string& path = "/api/42/envelope/");
  /// Without the authentication that `post` adds.
  Answer post_bare(const std::string& body, Headers headers,
                   const std::string& path = "/api/42/envelope/");
  /// With `Transfer-Encoding: chunked`.
  Answer post_chunked(const std::string& body);
  Answer get(const std::string& path);

  /// Whether the server's certificate is to be trusted; on by default.
  void trust(bool on);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How a connection ended.
enum class End { open, closed, reset };

struct Conversation {
  std::string bytes{};     // all that came back
  std::size_t pieces = 0;  // in how many parts
  std::size_t sent = 0;    // bytes that the server's machine took
  End end = End::open;
};

/// Sends `bytes` over a new connection and reads until the server ends it or has been silent for
/// `patience`.
Conversation talk(const IngestServer& server, std::string_view bytes,
                  std::chrono::milliseconds patience = std::chrono::seconds(10));

/// A complete request with `body`, as `talk` wants it.
std::string raw_request(std::string_view body, std::string_view extra_headers = {});

std::string gzip(std::string_view bytes);
std::string deflate(std::string_view bytes);
std::string zstd(std::string_view bytes);

/// An event envelope; the last digit of the id differs.
std::string event_envelope(int number = 1);

/// The genuine envelopes in tests/golden/reference.
struct Sample {
  std::string name{};
  std::string bytes{};
};
std::vector<Sample> reference_envelopes();

}  // namespace picket::ingest::tests
