// How much memory an outage costs. A service captures 5 000 events a second, each with breadcrumbs
// and a context of its own, while the server is well, hangs, is slow, is gone, or answers 429. The
// server is a process of its own, so that the memory is the service's alone.
//
//   picket_bench_outage [seconds of each kind, by default 3]     prints a table, as Markdown

#include "picket/picket.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

enum class Mood { well, hung, slow, gone, limiting };

constexpr std::array kMoods{Mood::well, Mood::hung, Mood::slow, Mood::gone, Mood::limiting};
constexpr auto kSlowAnswer = 500ms;
constexpr int kPerSecond = 5000;

std::string_view name_of(Mood mood) {
  constexpr std::array<std::string_view, 5> kNames{"answers", "accepts and never answers",
                                                   "answers after 500 ms", "is gone",
                                                   "answers 429 every time"};
  return kNames[static_cast<std::size_t>(mood)];
}

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
  std::size_t body_left = 0;
  Clock::time_point answer_at{};
  bool answers = false;
};

/// Takes what has come; true when a request is complete.
bool read_some(Connection& connection) {
  std::array<char, 65536> bytes{};
  const ssize_t count = recv(connection.socket, bytes.data(), bytes.size(), 0);
  if (count <= 0) {
    close(connection.socket);
    connection.socket = -1;
    return false;
  }
  std::string_view rest(bytes.data(), static_cast<std::size_t>(count));
  if (connection.body_left == 0) {
    connection.head += rest;
    const std::size_t end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t field = connection.head.find("ontent-Length: ");
    const std::size_t size =
        field == std::string::npos ? 0 : std::strtoul(&connection.head[field + 15], nullptr, 10);
    const std::size_t have = connection.head.size() - end - 4;
    connection.body_left = size - std::min(size, have);
    connection.head.clear();
  } else {
    connection.body_left -= std::min(connection.body_left, rest.size());
  }
  return connection.body_left == 0;
}

[[noreturn]] void serve(int listener, Mood mood) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  const std::string answer =
      mood == Mood::limiting
          ? "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  std::vector<Connection> connections;
  for (;;) {
    std::vector<pollfd> polled{{listener, POLLIN, 0}};
    for (const Connection& one : connections) polled.push_back({one.socket, POLLIN, 0});
    poll(polled.data(), polled.size(), 20);
    if ((polled[0].revents & POLLIN) != 0) {
      connections.push_back({.socket = accept(listener, nullptr, nullptr)});
    }
    if (mood == Mood::hung) continue;
    const auto now = Clock::now();
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
      send(one.socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    std::erase_if(connections, [](const Connection& one) { return one.socket < 0; });
  }
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  throw std::runtime_error("no VmRSS in /proc/self/status");
}

void capture(int number) {
  picket::add_breadcrumb("request " + std::to_string(number), {.data = {{"number", number}}});
  picket::set_context("order", {{"id", number}, {"shop", "central"}});
  try {
    throw std::runtime_error("failure " + std::to_string(number));
  } catch (const std::exception& error) {
    picket::capture_exception(error);
  }
}

/// One row of the table, from a process that has done nothing else.
void measure(Mood mood, std::chrono::seconds length) {
  std::uint16_t port = 0;
  const int listener = listen_on_loopback(port);
  const pid_t server = mood == Mood::gone ? 0 : fork();
  if (mood != Mood::gone && server == 0) serve(listener, mood);
  close(listener);

  picket::Options options;
  options.dsn = "http://key@127.0.0.1:" + std::to_string(port) + "/1";
  options.logger = [](picket::Level, std::string_view) {};
  const picket::Guard guard = picket::init(options);
  for (int i = 0; i < 100; ++i) capture(i);  // whatever is allocated once, is
  const std::size_t before = resident_kib();
  std::size_t most = before;
  const auto begin = Clock::now();
  int captured = 0;
  while (Clock::now() - begin < length) {
    const auto due = (Clock::now() - begin) * kPerSecond / 1s;
    for (; captured < due; ++captured) capture(captured);
    most = std::max(most, resident_kib());
    std::this_thread::sleep_for(2ms);
  }
  const auto closing = Clock::now();
  picket::close(500ms);
  const auto closed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - closing);
  const picket::CategoryStats errors = picket::stats().errors();
  std::printf("| %s | %d | %.1f | %llu | %llu | %lld |\n", std::string(name_of(mood)).c_str(),
              captured, static_cast<double>(most - before) / 1024.0,
              static_cast<unsigned long long>(errors.sent),
              static_cast<unsigned long long>(errors.dropped_total()),
              static_cast<long long>(closed.count()));
  std::fflush(stdout);
  if (server > 0) {
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::seconds length(argc > 1 ? std::max(1, std::atoi(argv[1])) : 3);
  std::printf(
      "| the server | captured | memory grew by, MiB | sent | dropped | close(500 ms) took, "
      "ms |\n|---|--:|--:|--:|--:|--:|\n");
  std::fflush(stdout);
  for (const Mood mood : kMoods) {
    const pid_t row = fork();
    if (row == 0) {
      measure(mood, length);
      std::exit(0);
    }
    int status = 0;
    waitpid(row, &status, 0);
    if (status != 0) return 1;
  }
  return 0;
}
