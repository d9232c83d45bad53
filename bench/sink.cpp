#include "sink.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

namespace picket::bench {

struct Sink::Counts {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
};

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSlowAnswer = 500ms;

int listen_on_loopback(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      listen(listener, 64) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port = ntohs(address.sin_port);
  return listener;
}

struct Connection {
  int socket = -1;
  std::string head{};
  std::size_t body = 0;
  std::size_t body_left = 0;
  Clock::time_point answer_at{};
  bool answers = false;
};

/// Takes what has come; true when a request is complete.
bool read_some(Connection& connection) {
  static std::array<char, 65536> bytes;
  const ssize_t count = recv(connection.socket, bytes.data(), bytes.size(), 0);
  if (count <= 0) {
    close(connection.socket);
    connection.socket = -1;
    return false;
  }
  const std::string_view rest(bytes.data(), static_cast<std::size_t>(count));
  if (connection.body_left == 0) {
    connection.head += rest;
    const std::size_t end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const char* const field = strcasestr(connection.head.c_str(), "\r\ncontent-length:");
    connection.body = field == nullptr ? 0 : std::strtoul(field + 17, nullptr, 10);
    const std::size_t have = connection.head.size() - end - 4;
    connection.body_left = connection.body - std::min(connection.body, have);
    connection.head.clear();
  } else {
    connection.body_left -= std::min(connection.body_left, rest.size());
  }
  return connection.body_left == 0;
}

std::string_view answer_of(Mood mood) {
  return mood == Mood::limiting
             ? "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
             : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
}

template <class Count>
[[noreturn]] void serve(int listener, Mood mood, Count count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string_view answer = answer_of(mood);
  std::vector<Connection> connections;
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign(1, {listener, POLLIN, 0});
    for (const Connection& one : connections) polled.push_back({one.socket, POLLIN, 0});
    poll(polled.data(), polled.size(), 20);
    if ((polled[0].revents & POLLIN) != 0) {
      connections.push_back({.socket = accept(listener, nullptr, nullptr)});
    }
    if (mood == Mood::hung) continue;
    const auto now = mood == Mood::slow ? Clock::now() : Clock::time_point{};
    for (std::size_t i = 0; i + 1 < polled.size(); ++i) {
      Connection& one = connections[i];
      if (polled[i + 1].revents != 0 && read_some(one)) {
        one.answers = true;
        one.answer_at = now + (mood == Mood::slow ? kSlowAnswer : 0ms);
      }
    }
    for (Connection& one : connections) {
      if (!one.answers || one.answer_at > now || one.socket < 0) continue;
      one.answers = false;
      count(one.body);
      send(one.socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    std::erase_if(connections, [](const Connection& one) { return one.socket < 0; });
  }
}

}  // namespace

std::string_view name_of(Mood mood) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"answers", "accepts and never answers",
                                                   "answers after 500 ms", "is gone",
                                                   "answers 429 every time"};
  return kNames[static_cast<std::size_t>(mood)];
}

Sink::Sink(Mood mood) {
  void* const shared =
      mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::bad_alloc();
  counts_ = new (shared) Counts;
  const int listener = listen_on_loopback(port_);
  if (mood != Mood::gone && (process_ = fork()) == 0) {
    serve(listener, mood, [counts = counts_](std::size_t bytes) {
      counts->requests.fetch_add(1);
      counts->bytes.fetch_add(bytes);
    });
  }
  close(listener);
  if (mood != Mood::gone && process_ < 0) throw std::runtime_error("no process");
}

Sink::~Sink() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  munmap(counts_, sizeof(Counts));
}

std::string Sink::dsn() const { return "http://key@127.0.0.1:" + std::to_string(port_) + "/1"; }
int Sink::connect() const {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("the sink does not listen");
  }
  return connection;
}

std::uint64_t Sink::requests() const noexcept { return counts_->requests.load(); }
std::uint64_t Sink::bytes() const noexcept { return counts_->bytes.load(); }

}  // namespace picket::bench
