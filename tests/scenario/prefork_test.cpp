// A server that starts picket and then forks its workers: what each process captures arrives
// exactly once, and the books of each hold by themselves.

#include "ingest/server.hpp"
#include "support/forked_threads.hpp"
#include "support/program.hpp"
#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace picket {
namespace {

using ingest::IngestServer;

struct Books {
  std::uint64_t captured = 0;
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
};

std::map<std::string, Books> books_of(const tests::ProgramEnd& program) {
  std::map<std::string, Books> all;
  for (const std::string& line : program.lines("books")) {
    std::istringstream words(line);
    std::string who;
    Books books;
    words >> who >> books.captured >> books.sent >> books.dropped >> books.pending;
    CHECK(words);
    CHECK(all.emplace(who, books).second);
  }
  return all;
}

std::set<std::string> ids_of(const ingest::Received& received) {
  std::set<std::string> ids;
  for (const auto& envelope : received.accepted()) {
    if (envelope->find("event") != nullptr) ids.insert(envelope->event_id);
  }
  return ids;
}

TEST_SUITE("scenario/prefork" * doctest::skip(!tests::kForkedThreadsWork)) {
  TEST_CASE("what a parent and its children capture arrives exactly once") {
    constexpr std::uint64_t kChildren = 8;
    constexpr std::uint64_t kEvents = 25;
    const auto server = IngestServer::start({}).value();
    const auto program = tests::run_program({PICKET_PREFORK_PROGRAM, "serve", server->dsn(),
                                             std::to_string(kChildren), std::to_string(kEvents)});
    CHECK(program.code == 0);

    const auto ids = program.lines("event");
    const std::set<std::string> captured(ids.begin(), ids.end());
    CHECK(captured.size() == kChildren * (kEvents + 1) + 2 * kEvents);
    CHECK(captured.size() == ids.size());
    CHECK(ids_of(server->received()) == captured);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->received().complaints() == "");
    CHECK(server->connection_count() >= kChildren + 1);

    const auto books = books_of(program);
    CHECK(books.size() == kChildren / 2 + 1);
    for (const auto& entry : books) {
      const std::string& name = entry.first;
      const Books& row = entry.second;
      CAPTURE(name);
      CHECK(row.captured == (name == "parent" ? 2 * kEvents + kChildren : kEvents));
      CHECK(row.sent == row.captured);
      CHECK(row.dropped == 0);
      CHECK(row.pending == 0);
    }
  }

  TEST_CASE("forks in the middle of the work of other threads hang nowhere and lose nothing" *
            doctest::skip(!tests::kForksAmongAllocationsWork)) {
    for (const bool https : {false, true}) {
      CAPTURE(https);
      const std::uint64_t children = https ? 20 : 52;
      ingest::IngestOptions options;
      options.https = https;
      const auto server = IngestServer::start(options).value();
      const tests::ScopedEnv trusted("SSL_CERT_FILE", server->ca_file().c_str());
      const auto program = tests::run_program(
          {PICKET_PREFORK_PROGRAM, "storm", server->dsn(), std::to_string(children), "4"});
      CHECK(program.code == 0);
      const auto ids = program.lines("event");
      CHECK(ids.size() == 2 * children);
      const auto arrived = ids_of(server->received());
      for (const std::string& id : ids) {
        CAPTURE(id);
        CHECK(arrived.contains(id));
      }
      CHECK(server->received().duplicate_count() == 0);
      CHECK(server->received().complaints() == "");

      const auto books = books_of(program);
      CHECK(books.size() == children / 2 + 1);
      for (const auto& entry : books) {
        const Books& row = entry.second;
        CAPTURE(entry.first);
        CHECK(row.captured == row.sent + row.dropped);
        CHECK(row.pending == 0);
        if (entry.first != "parent") CHECK(row.sent == 2);
      }
    }
  }
}

}  // namespace
}  // namespace picket
