#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace picket::test {
namespace {

int bind_loopback(std::uint16_t& port) {
  const int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bound < 0 || bind(bound, generic, length) != 0 || getsockname(bound, generic, &length) != 0) {
    throw std::runtime_error("no loopback socket");
  }
  port = ntohs(address.sin_port);
  return bound;
}

std::string gunzip(const std::string& bytes) {
  z_stream state{};
  if (inflateInit2(&state, 16 + MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  std::string input = bytes;
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  std::string out;
  int code = Z_OK;
  while (code == Z_OK) {
    char chunk[16384];
    state.next_out = reinterpret_cast<Bytef*>(chunk);
    state.avail_out = sizeof chunk;
    code = inflate(&state, Z_NO_FLUSH);
    out.append(chunk, sizeof chunk - state.avail_out);
  }
  inflateEnd(&state);
  return code == Z_STREAM_END ? out : "not gzip";
}

std::string unzstd(const std::string& bytes) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size > (64U << 20U)) return "no zstd frame of known size";
  std::string out(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  return got == out.size() ? out : "not zstd";
}

std::string decompress(const RecordedRequest& request) {
  const auto found = request.headers.find("content-encoding");
  if (found == request.headers.end()) return request.raw_body;
  return found->second == "zstd" ? unzstd(request.raw_body) : gunzip(request.raw_body);
}

/// False when the client has left, perhaps in the middle of a long answer.
bool send_all(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

/// Splits a head into its first line and its headers.
void read_head(const std::string& head, RecordedRequest& request) {
  std::size_t begin = 0;
  for (std::size_t end = head.find("\r\n"); end != std::string::npos;
       end = head.find("\r\n", begin)) {
    const std::string line = head.substr(begin, end - begin);
    begin = end + 2;
    const std::size_t colon = line.find(": ");
    if (request.line.empty()) {
      request.line = line;
    } else if (colon != std::string::npos) {
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      request.headers[name] = line.substr(colon + 2);
    }
  }
}

}  // namespace

std::string reply(int status, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  close(bind_loopback(port));
  return port;
}

ScriptedServer::ScriptedServer(std::vector<Step> script) : script_(std::move(script)) {
  listener_ = bind_loopback(port_);
  if (listen(listener_, 16) != 0 || pipe(stop_) != 0) throw std::runtime_error("cannot listen");
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    recorded_.notify_all();
  }
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(listener_);
}

std::vector<RecordedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedServer::await_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return recorded_.wait_for(lock, std::chrono::seconds(10),
                            [&] { return requests_.size() >= count; });
}

void ScriptedServer::serve() {
  std::vector<std::thread> connections;
  for (std::size_t connection = 0; wait_readable(listener_); ++connection) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) continue;
    const timeval patience{5, 0};  // a client that never reads must not hold the test up
    setsockopt(accepted, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    connections.emplace_back([this, accepted, connection] {
      serve_connection(accepted, connection);
      close(accepted);
    });
  }
  for (std::thread& connection : connections) connection.join();
}

void ScriptedServer::drip(int socket, const std::string& more) const {
  do {
    pollfd stop{stop_[0], POLLIN, 0};
    if (poll(&stop, 1, 1) > 0) return;
  } while (send_all(socket, more));
}

/// False when the server is to stop.
bool ScriptedServer::await_others(std::size_t count) const {
  std::unique_lock lock(mutex_);
  recorded_.wait(lock, [&] { return ending_ || requests_.size() >= count; });
  return !ending_;
}

void ScriptedServer::serve_connection(int socket, std::size_t connection) {
  std::string buffer;
  for (;;) {
    RecordedRequest request;
    request.connection = connection;
    if (!read_request(socket, buffer, request)) return;
    const Step step = next_step(std::move(request));
    if (!await_others(step.after) || !send_all(socket, step.reply)) return;
    if (step.then == Step::Then::drip) return drip(socket, step.more);
    if (step.then == Step::Then::hang) {
      char rest[256];
      while (wait_readable(socket) && recv(socket, rest, sizeof rest, 0) > 0) continue;
      return;
    }
    if (step.then == Step::Then::reset) {
      const linger at_once{1, 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return;
    }
    if (step.then == Step::Then::close) return;
  }
}

bool ScriptedServer::read_request(int socket, std::string& buffer, RecordedRequest& request) const {
  std::size_t body_begin = std::string::npos;
  std::size_t length = 0;
  while (body_begin == std::string::npos || buffer.size() < body_begin + length) {
    char chunk[16384];
    if (!wait_readable(socket)) return false;
    const ssize_t n = recv(socket, chunk, sizeof chunk, 0);
    if (n <= 0) return false;
    buffer.append(chunk, static_cast<std::size_t>(n));
    const std::size_t end = buffer.find("\r\n\r\n");
    if (body_begin != std::string::npos || end == std::string::npos) continue;
    body_begin = end + 4;
    read_head(buffer.substr(0, end + 2), request);
    const auto found = request.headers.find("content-length");
    if (found != request.headers.end()) length = std::stoul(found->second);
  }
  request.raw_body = buffer.substr(body_begin, length);
  request.body = decompress(request);
  buffer.erase(0, body_begin + length);
  return true;
}

/// False when the server is to stop.
bool ScriptedServer::wait_readable(int socket) const {
  pollfd watched[2] = {{socket, POLLIN, 0}, {stop_[0], POLLIN, 0}};
  while (poll(watched, 2, -1) < 0) continue;
  return watched[1].revents == 0;
}

Step ScriptedServer::next_step(RecordedRequest request) {
  const std::lock_guard lock(mutex_);
  const std::size_t index = requests_.size();
  requests_.push_back(std::move(request));
  recorded_.notify_all();
  return index < script_.size() ? script_[index] : Step{reply(200)};
}

}  // namespace picket::test
