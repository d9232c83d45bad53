// The log bridge: what becomes of the host's log records.

#include "picket/log.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/told.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace picket {
namespace {

using testing::ScopedClient;

// A logging library in the manner of spdlog, and the sink that a host writes for it.
namespace lib {

enum class Severity { trace, debug, info, warn, err, critical };

struct View {
  const char* begin;
  std::size_t length;
};

struct Record {
  Severity level;
  View logger_name;
  View payload;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void log(const Record& record) = 0;
};

}  // namespace lib

class PicketSink final : public lib::Sink {
 public:
  void log(const lib::Record& record) override {
    picket::log_record(level_of(record.level), text_of(record.logger_name),
                       text_of(record.payload));
  }

 private:
  static std::string_view text_of(lib::View view) { return {view.begin, view.length}; }

  static Level level_of(lib::Severity severity) {
    switch (severity) {
      case lib::Severity::info:
        return Level::info;
      case lib::Severity::warn:
        return Level::warning;
      case lib::Severity::err:
        return Level::error;
      case lib::Severity::critical:
        return Level::fatal;
      default:
        return Level::debug;
    }
  }
};

TEST_SUITE("spec/logs") {
  TEST_CASE("records become breadcrumbs, and from error up events") {  // T19
    const ScopedClient client;
    log_record(Level::debug, "db.pool", "connected", {{"attempt", 2}});
    log_record(Level::warning, "db", "slow");
    CHECK(client.captured().events().empty());
    log_record(Level::error, "db", "lost", {{"host", "db1"}});
    log_record(Level::fatal, "db", "gone");
    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 2);
    const auto event = captured.with_message("lost").at(0);
    CHECK(event.level() == "error");
    CHECK(tests::text_at(event.json(), "logger") == "db");
    CHECK(event.has_context("extra", "host", Value("db1")));
    CHECK(event.breadcrumbs() == std::vector<std::string>{"connected", "slow"});
    const List notes = tests::breadcrumbs(event.json());
    CHECK(tests::text_at(notes[0], "category") == "db.pool");
    CHECK(tests::text_at(notes[0], "level") == "debug");
    CHECK(notes[0].at("data.attempt") == Value(2));
    const auto last = captured.with_message("gone").at(0);  // goes first: it is fatal
    CHECK(last.level() == "fatal");
    CHECK(last.breadcrumbs() == std::vector<std::string>{"connected", "slow", "lost"});
  }

  TEST_CASE("the levels are options, and either may be never") {  // T19
    {
      const ScopedClient client(
          {.logs = {.breadcrumbs_from = Level::warning, .events_from = Level::fatal}});
      log_record(Level::info, "a", "quiet");
      log_record(Level::error, "a", "note");
      log_record(Level::fatal, "a", "event");
      const auto captured = client.captured();
      REQUIRE(captured.events().size() == 1);
      CHECK(captured.events()[0].breadcrumbs() == std::vector<std::string>{"note"});
    }
    const ScopedClient client({.logs = {.breadcrumbs_from = {}, .events_from = {}}});
    log_record(Level::fatal, "a", "nothing");
    capture_message("x");
    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 1);
    CHECK(captured.events()[0].breadcrumbs().empty());
  }

  TEST_CASE("excluded loggers and those below them do nothing") {  // T19
    const ScopedClient client({.logs = {.excluded_loggers = {"gateway", "http.client"}}});
    for (const char* logger : {"gateway", "gateway.shard.1", "http.client"}) {
      log_record(Level::error, logger, logger);
    }
    CHECK(client.captured().events().empty());
    for (const char* logger : {"gateways", "http", "http.clients", ""}) {
      log_record(Level::error, logger, "kept");
    }
    CHECK(client.captured().events().size() == 4);
  }

  TEST_CASE("a log of picket's own diagnostics does not come back as records") {  // T19
    std::size_t lines = 0;
    Options options;
    options.dsn = "https://key@ingest.invalid/1";
    options.transport = std::make_shared<testing::MemoryTransport>();
    options.debug = true;
    options.logger = [&](Level, std::string_view line) {
      ++lines;
      log_record(Level::error, "app", line);
    };
    {
      const testing::ClientOverride client(options);
      log_record(Level::error, "app", "one");
      REQUIRE(client.client().flush(std::chrono::seconds(10)));
      CHECK(client.client().stats().errors().captured == 1);
      CHECK(lines > 0);
    }
  }

  TEST_CASE("a hook that logs adds nothing") {  // T19
    const ScopedClient client({.before_send = [](Event&, Hint&) {
      log_record(Level::error, "app", "about to send");
      return Verdict::keep;
    }});
    log_record(Level::error, "app", "one");
    static_cast<void>(client.captured());
    CHECK(client.captured().events().size() == 1);
    CHECK(client.stats().errors().captured == 1);
  }

  TEST_CASE("a sink of a logging library is a few lines") {  // T19
    const ScopedClient client;
    PicketSink sink;
    sink.log({lib::Severity::trace, {"app.db", 6}, {"connected", 9}});
    sink.log({lib::Severity::critical, {"app.db", 6}, {"gone!", 4}});
    const auto captured = client.captured();
    REQUIRE(captured.events().size() == 1);
    CHECK(captured.events()[0].message() == "gone");
    CHECK(captured.events()[0].level() == "fatal");
    CHECK(captured.events()[0].breadcrumbs() == std::vector<std::string>{"connected"});
  }
}

}  // namespace
}  // namespace picket
