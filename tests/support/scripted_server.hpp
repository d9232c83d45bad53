#pragma once

// A tiny HTTP server on the loopback device that answers each request with the next step of a
// script and remembers what it was asked. It speaks just enough HTTP for one client, over as many
// connections as it likes; every wait in it ends when the server is destroyed.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace picket::test {

/// What happens to one request.
struct Step {
  enum class Then {
    keep,   // the connection stays open
    close,  // it is closed in the usual way
    reset,  // it is reset
    hang,   // nothing more comes, until the client goes away
    drip,   // `more` comes again and again, until the client goes away
  };

  std::string reply{};  // raw bytes
  Then then = Then::keep;
  std::string more{};
  std::size_t after = 0;  // the reply waits until so many requests have been read
};

/// A complete answer; `headers` are lines that end with CRLF.
std::string reply(int status, const std::string& headers = {}, const std::string& body = "{}");

struct RecordedRequest {
  std::string line{};                            // `POST /… HTTP/1.1`
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string raw_body{};
  std::string body{};          // decompressed
  std::size_t connection = 0;  // from 0
};

class ScriptedServer {
 public:
  /// Requests beyond the script are answered with 200.
  explicit ScriptedServer(std::vector<Step> script = {});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::vector<RecordedRequest> requests() const;

  /// Waits until so many requests have been read; false after ten seconds.
  [[nodiscard]] bool await_requests(std::size_t count) const;

 private:
  void serve();
  void serve_connection(int socket, std::size_t connection);
  void drip(int socket, const std::string& more) const;
  bool await_others(std::size_t count) const;
  bool read_request(int socket, std::string& buffer, RecordedRequest& request) const;
  bool wait_readable(int socket) const;
  Step next_step(RecordedRequest request);

  int listener_ = -1;
  int stop_[2] = {-1, -1};  // a pipe: closing its writing end ends every wait
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable recorded_;
  std::vector<Step> script_;
  std::vector<RecordedRequest> requests_;
  bool ending_ = false;
  std::thread thread_;
};

/// A port of the loopback device on which nobody listens.
std::uint16_t closed_port();

}  // namespace picket::test
