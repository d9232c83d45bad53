// The life of a process that uses picket, from the outside: what it was told arrives however it
// ends, and nothing that picket does disturbs it.

#include "ingest/server.hpp"
#include "support/cutting_relay.hpp"
#include "support/forked_threads.hpp"
#include "support/program.hpp"
#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace picket {
namespace {

using ingest::IngestServer;

std::unique_ptr<IngestServer> serve(const std::vector<std::string>& faults = {},
                                    bool https = false) {
  ingest::IngestOptions options;
  options.https = https;
  for (const std::string& text : faults) {
    options.faults.push_back(ingest::Fault::parse(text).value());
  }
  return IngestServer::start(std::move(options)).value();
}

tests::ProgramEnd live(const std::string& way, const IngestServer& server,
                       const std::string& dsn = {}) {
  const tests::ScopedEnv trusted("SSL_CERT_FILE", server.ca_file().c_str());
  return tests::run_program({PICKET_LIFE_PROGRAM, way, dsn.empty() ? server.dsn() : dsn});
}

std::set<std::string> as_set(const std::vector<std::string>& lines) {
  return {lines.begin(), lines.end()};
}

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

TEST_SUITE("scenario/life") {
  TEST_CASE("what was captured is delivered in each way to end, and only once") {
    struct Row {
      const char* way;
      std::size_t events;
    };
    const Row rows[] = {{"quick-exit", 1}, {"exit", 2}, {"thread-exit", 1}, {"again", 3}};
    for (const Row& row : rows) {
      CAPTURE(row.way);
      const auto server = serve();
      const auto program = live(row.way, *server);
      CHECK(program.code == 0);
      CHECK(program.lines("said").empty());
      CHECK(server->received().events().size() == row.events);
      CHECK(server->received().duplicate_count() == 0);
      CHECK(server->received().complaints() == "");
    }
  }

  TEST_CASE("a child of a fork starts with nothing, and goes on with the client it was given" *
            doctest::skip(!tests::kForkedThreadsWork)) {
    const auto server = serve();
    const auto program = live("children", *server);
    CHECK(program.code == 0);
    CHECK(program.lines("said").empty());
    CHECK(server->received().events().size() == 6);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->received().complaints() == "");
    CHECK(server->connection_count() == 5);  // one for each process that sent, and for a new client
  }

  TEST_CASE("a process that can write nowhere is served like any other") {
    const auto server = serve();
    const auto program = live("nowhere-to-write", *server);
    CHECK(program.code == 0);
    CHECK(program.lines("said").empty());
    CHECK(server->received().events().size() == 1);
  }

  TEST_CASE("connections that break raise no SIGPIPE") {
    for (const bool https : {false, true}) {
      for (const char* fault : {"*:reset", "*:close", "*:partial", "2-:close,processed"}) {
        CAPTURE(https);
        CAPTURE(fault);
        const auto server = serve({fault}, https);
        CHECK(live("broken-connections", *server).code == 0);
        CHECK(server->received().request_count() > 0);
      }
    }
  }

  TEST_CASE("a connection that is cut while we write to it raises no SIGPIPE") {
    for (const bool https : {false, true}) {
      CAPTURE(https);
      const auto server = serve({}, https);
      const tests::CuttingRelay relay(server->port(), 100'000);
      std::string dsn = server->dsn();
      const std::string port = ":" + std::to_string(server->port()) + "/";
      dsn.replace(dsn.find(port), port.size(), ":" + std::to_string(relay.port()) + "/");
      CHECK(live("broken-connections", *server, dsn).code == 0);
      CHECK(relay.cuts() > 0);
      CHECK(server->received().events().empty());
    }
  }

  TEST_CASE("a program that the process starts inherits no descriptor of ours") {
    for (const bool https : {false, true}) {
      CAPTURE(https);
      const auto server = serve({}, https);
      const auto program = live("exec", *server);
      CHECK(program.code == 0);
      const auto before = as_set(program.lines("before"));
      CHECK(before.size() >= 1);  // its output
      CHECK(as_set(program.lines("after")) == before);
      CHECK(program.lines("here").size() > before.size());  // there was something to inherit
    }
  }

  TEST_CASE("our threads are named, and no signal of the host is handled on them") {
    const auto server = serve();
    const auto program = live("threads", *server);
    CHECK(program.code == 0);
    int workers = 0;
    for (const std::string& line : program.lines("thread")) {
      CAPTURE(line);
      std::istringstream words(line);
      std::string name;
      std::uint64_t blocked = 0;
      words >> name >> std::hex >> blocked;
      if (name == "picket_life_pro") continue;  // the main thread
      const bool is_known = name == "picket-worker" || name == "picket-crash";
      CHECK(is_known);
      if (name == "picket-worker") ++workers;
      for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
                               SIGCHLD, SIGWINCH, SIGPROF, SIGRTMIN + 1, SIGRTMAX}) {
        CAPTURE(signal);
        CHECK((blocked & bit_of(signal)) != 0);
      }
      for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
        CAPTURE(fault);
        CHECK((blocked & bit_of(fault)) == 0);
      }
    }
    CHECK(workers == 1);
  }

  TEST_CASE("libcurl is set up once and never taken down: the host may use it too") {
    const auto server = serve();
    const auto program = live("curl", *server);
    CHECK(program.code == 0);
    CHECK(program.lines("curl") == std::vector<std::string>{"1 0"});
    CHECK(server->received().events().size() == 3);
  }
}

}  // namespace
}  // namespace picket
