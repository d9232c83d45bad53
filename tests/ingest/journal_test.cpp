#include "ingest/journal.hpp"
#include "ingest/client.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace picket::ingest::tests {
namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/picket-journal-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file() const { return path_ / "journal"; }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path_ / "journal");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

TEST_SUITE("ingest/journal") {
  TEST_CASE("each request has its line as soon as its answer is there") {
    const Folder folder;
    IngestOptions options;
    options.journal = folder.file();
    for (const char* fault : {"2:503", "3:close,processed", "4:drip,every=1ms,limit=1s"}) {
      options.faults.push_back(Fault::parse(fault).value());
    }
    const auto server = IngestServer::start(options);
    REQUIRE(server);
    std::string expected;
    const auto next = [&](const std::string& request, const char* line) {
      talk(**server, request);
      expected += line;
      CHECK(folder.text() == expected);
    };
    const std::string end = "Connection: close\r\n";
    const std::string event = raw_request(event_envelope(), end);
    next(event, "1 accepted all 200 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 event\n");
    next(event, "2 refused all 503 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 event\n");
    next(event, "3 accepted nothing 0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 event\n");
    next(event, "4 accepted part 200 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 event\n");
    next(raw_request("nonsense", end), "5 rejected all 400 - -\n");
  }

  TEST_CASE("a type of any bytes leaves a line of six words") {
    ReceivedEnvelope envelope;
    envelope.items.push_back({.type = "a b\nc"});
    envelope.items.push_back({.type = "event"});
    CHECK(to_journal_line(envelope) == "0 accepted all 0 - a_b_c,event\n");
  }

  TEST_CASE("lines of many threads do not mix, and a journal goes on where it ended") {
    const Folder folder;
    constexpr int kThreads = 4, kEach = 200;
    ReceivedEnvelope envelope;
    envelope.event_id = std::string(32, 'a');
    const std::string line = to_journal_line(envelope);
    for (int round = 1; round <= 2; ++round) {
      const auto journal = Journal::open(folder.file());
      REQUIRE(journal);
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          for (int k = 0; k < kEach; ++k) journal->write(envelope);
        });
      }
      for (std::thread& thread : threads) thread.join();
      std::string expected;
      for (int i = 0; i < kThreads * kEach * round; ++i) expected += line;
      CHECK(folder.text() == expected);
    }
  }

  TEST_CASE("a journal that cannot be written keeps the server from starting") {
    IngestOptions options;
    options.journal = "/nowhere/journal";
    const auto server = IngestServer::start(options);
    REQUIRE_FALSE(server);
    CHECK(server.error().code == Errc::unavailable);
    CHECK(server.error().message.find("/nowhere/journal") != std::string::npos);
  }
}

}  // namespace
}  // namespace picket::ingest::tests
