// A server that starts picket and then forks its workers: what each process captures arrives
// exactly once, and the books of each hold by themselves.

#include "ingest/server.hpp"
#include "support/program.hpp"

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

TEST_SUITE("scenario/prefork") {
  TEST_CASE("what a parent and its children capture arrives exactly once") {
    constexpr std::uint64_t kChildren = 8;
    constexpr std::uint64_t kEvents = 25;
    const auto server = IngestServer::start({}).value();
    const auto program = tests::run_program({PICKET_PREFORK_PROGRAM, server->dsn(),
                                             std::to_string(kChildren), std::to_string(kEvents)});
    CHECK(program.code == 0);

    const auto ids = program.lines("event");
    const std::set<std::string> captured(ids.begin(), ids.end());
    CHECK(captured.size() == kChildren * (kEvents + 1) + 2 * kEvents);
    CHECK(captured.size() == ids.size());
    std::set<std::string> arrived;
    for (const auto& envelope : server->received().accepted()) {
      if (envelope->find("event") != nullptr) arrived.insert(envelope->event_id);
    }
    CHECK(arrived == captured);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->received().complaints() == "");
    CHECK(server->connection_count() >= kChildren + 1);

    const auto books = books_of(program);
    CHECK(books.size() == kChildren + 1);
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
}

}  // namespace
}  // namespace picket
