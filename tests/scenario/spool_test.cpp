// `kill -9` at random moments, again and again, with the spool on: what the host was told is safe
// arrives. PICKET_SPOOL_ROUNDS says how often, 40 times by default.

#include "ingest/server.hpp"
#include "support/program.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace picket {
namespace {

using ingest::IngestServer;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A program that is killed when this object goes, at the latest.
class Victim {
 public:
  explicit Victim(std::vector<std::string> command) {
    int ends[2] = {};
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    const int failed = posix_spawn(&process_, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (failed != 0) throw std::runtime_error("cannot start " + command[0]);
  }
  ~Victim() {
    kill();
    ::close(output_);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// Listens until it has said `lines` lines, is at its end, or `limit` has passed.
  void listen(std::size_t lines, milliseconds limit) {
    const auto until = steady_clock::now() + limit;
    std::array<char, 4096> bytes{};
    while (this->lines() < lines) {
      const auto left =
          std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
      pollfd readable{.fd = output_, .events = POLLIN, .revents = 0};
      if (left < 0 || poll(&readable, 1, static_cast<int>(left)) <= 0) return;
      const ssize_t got = read(output_, bytes.data(), bytes.size());
      if (got <= 0) return;
      said_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

  /// The signal that ended it; 0 when it ended by itself.
  int kill() {
    if (process_ == 0) return 0;
    ::kill(process_, SIGKILL);
    int status = 0;
    waitpid(std::exchange(process_, 0), &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 private:
  [[nodiscard]] std::size_t lines() const {
    return static_cast<std::size_t>(std::count(said_.begin(), said_.end(), '\n'));
  }

  pid_t process_ = 0;
  int output_ = -1;
  std::string said_;
};

/// The whole lines: one that a killed process could not finish promises nothing.
void add_lines(const std::string& text, std::vector<std::string>& lines) {
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

unsigned rounds() {
  const char* const text = std::getenv("PICKET_SPOOL_ROUNDS");
  const auto wanted = text == nullptr ? 0 : std::strtoul(text, nullptr, 10);
  return wanted == 0 ? 40 : static_cast<unsigned>(wanted);
}

TEST_SUITE("scenario/spool") {
  TEST_CASE("what was safe arrives once by its id, however often the host is killed") {
    const auto server = IngestServer::start({}).value();
    const tests::TemporaryDirectory directory;
    const std::string spool = directory.path("spool");
    std::mt19937 random(20260301);  // NOLINT(cert-msc51-cpp): the same moments on every run
    std::vector<std::string> promised;
    for (unsigned round = 0; round < rounds(); ++round) {
      CAPTURE(round);
      Victim host({PICKET_SPOOL_PROGRAM, "run", server->dsn(), spool, std::to_string(round),
                   round % 3 == 0 ? "reachable" : "away"});
      // In turn after so many events, and after some time, wherever it is then.
      const bool by_count = round % 2 == 0;
      host.listen(by_count ? 1 + random() % 30 : 100'000,
                  milliseconds(by_count ? 10'000 : 1 + random() % 80));
      CHECK(host.kill() == SIGKILL);
      host.listen(100'000, milliseconds(10'000));
      add_lines(host.said(), promised);
    }
    REQUIRE(promised.size() >= rounds() / 2);

    const auto last = tests::run_program({PICKET_SPOOL_PROGRAM, "finish", server->dsn(), spool},
                                         std::chrono::seconds(100));
    CHECK(last.code == 0);
    CHECK(last.lines("damaged") == std::vector<std::string>{"0"});
    CHECK(last.lines("left") == std::vector<std::string>{"0"});
    CHECK(last.lines("dropped") == std::vector<std::string>{"0"});
    for (const auto& file : std::filesystem::directory_iterator(spool)) {
      CAPTURE(file.path().string());
      CHECK(false);  // nothing is left behind
    }

    std::map<std::string, std::set<std::string>> arrived;  // bodies by id
    std::size_t times = 0;
    for (const auto& item : server->received().items("event")) {
      arrived[std::string(item.payload.at("event_id").text_or(""))].insert(item.bytes);
      ++times;
    }
    std::size_t missing = 0;
    for (const std::string& id : promised) missing += arrived.contains(id) ? 0U : 1U;
    CHECK(missing == 0);
    CHECK(server->received().events().size() == arrived.size());
    std::size_t changed = 0;
    for (const auto& [id, bodies] : arrived) changed += bodies.size() == 1 ? 0U : 1U;
    CHECK(changed == 0);  // an event that came twice came as it was
    CHECK(server->received().complaints() == "");
    MESSAGE(promised.size(), " promised, ", arrived.size(), " arrived, ", times - arrived.size(),
            " of them once more");
  }
}

}  // namespace
}  // namespace picket
