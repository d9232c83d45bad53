// From a capture to the ingest server and back: real HTTP, real faults, every item accounted for.

#include "ingest/server.hpp"
#include "picket/picket.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using ingest::Fault;
using ingest::IngestServer;

std::unique_ptr<IngestServer> serve(const std::vector<std::string>& faults = {},
                                    bool https = false) {
  ingest::IngestOptions options;
  options.https = https;
  for (const std::string& fault : faults) options.faults.push_back(Fault::parse(fault).value());
  return IngestServer::start(std::move(options)).value();
}

Options to(const IngestServer& server) {
  Options options;
  options.dsn = server.dsn();
  options.release = "shop@1.4.0";
  options.retry_backoff = 1ms;
  options.retry_backoff_max = 1ms;
  options.logger = [](Level, std::string_view) {};
  return options;
}

/// A client for this test, without what an earlier one left in the scope of this thread.
Guard start(Options options) {
  Guard guard = init(std::move(options));
  configure_isolation_scope([](Scope& scope) { scope.clear(); });
  return guard;
}

void check_books() {
  const Stats books = stats();
  for (const auto& entry : books.categories) {
    CAPTURE(entry.first);
    const CategoryStats& category = entry.second;
    CHECK(category.captured == category.sent + category.dropped_total() + category.pending);
  }
}

std::uint64_t dropped(const char* reason) {
  const CategoryStats errors = stats().errors();
  const auto found = errors.dropped.find(reason);
  return found == errors.dropped.end() ? 0 : found->second;
}

TEST_SUITE("scenario/delivery") {
  TEST_CASE("what is captured arrives once, whole, over one connection, and breaks no rule") {
    const auto server = serve();  // S2.2
    Options options = to(*server);
    options.max_requests_in_flight = 1;  // a busy machine answers slowly, which opens a second one
    const Guard guard = start(std::move(options));
    set_user({.id = "7", .username = "ann"});
    set_tag("region", "eu");
    add_attachment({.filename = "notes.txt", .bytes = "hello", .content_type = "text/plain"});
    for (int i = 0; i < 50; ++i) {
      add_breadcrumb("step " + std::to_string(i), {.data = {{"i", i}}});
      try {
        throw std::runtime_error("failure " + std::to_string(i));
      } catch (const std::exception& error) {
        capture_exception(error);
      }
    }
    CHECK(flush(20s));
    CHECK(server->received().complaints() == "");
    CHECK(server->received().events().size() == 50);
    CHECK(server->received().items("attachment").size() == 50);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->connection_count() == 1);
    CHECK(stats().errors().sent == 50);
    CHECK(stats().of("attachment").sent == 250);
    const auto first = server->received().accepted().front();
    CHECK(ingest::find_header(first->request_headers, "Content-Encoding") == "gzip");  // C019
    CHECK(first->headers.find("trace")->at("public_key").text_or("").size() == 32);
    check_books();
  }

  TEST_CASE("a load balancer's 503 is tried again, and only sent_at differs") {  // architecture 8
    const auto server = serve({"1-2:503"});
    const Guard guard = start(to(*server));
    capture_message("one");
    capture_message("two");
    CHECK(flush(20s));
    CHECK(server->received().events().size() == 2);
    CHECK(server->received().duplicate_count() == 0);
    CHECK(server->received().refused().size() == 2);
    const auto refused = server->received().refused().front();
    const auto accepted = server->received().accepted().front();
    CHECK(refused->event_id == accepted->event_id);
    CHECK(refused->items[0].bytes == accepted->items[0].bytes);
    CHECK(stats().errors().sent == 2);
    check_books();
  }

  TEST_CASE("broken connections and nonsense are survived, answers that were lost are counted") {
    // S9.6
    // With the head of its answer the server has decided; a body that breaks off changes nothing.
    for (const std::string fault : {"1:reset", "1:close", "1:partial,processed", "1:garbage"}) {
      CAPTURE(fault);
      const auto server = serve({fault});
      const Guard guard = start(to(*server));
      capture_message("x");
      CHECK(flush(20s));
      CHECK(server->received().events().size() == 1);
      CHECK(server->received().duplicate_count() == 0);
      CHECK(stats().errors().sent == 1);
      check_books();
    }
  }

  TEST_CASE("an envelope whose answer was lost arrives twice under the same id") {
    const auto server = serve({"1:close,processed"});
    const Guard guard = start(to(*server));
    capture_message("x");
    CHECK(flush(20s));
    CHECK(server->received().events().size() == 1);
    CHECK(server->received().duplicate_count() == 1);
    CHECK(stats().errors().sent == 1);
  }

  TEST_CASE("final answers lose the event, told in a client report") {  // C021, C022, S9.6
    struct Row {
      const char* fault;
      const char* reason;
    };
    const Row rows[] = {{"1:400", "send_error"}, {"1:403", "send_error"}, {"1:404", "send_error"},
                        {"1:413", "send_error"}, {"1:500", "send_error"}, {"1:302", "send_error"}};
    for (const Row& row : rows) {
      CAPTURE(row.fault);
      const auto server = serve({row.fault});
      const Guard guard = start(to(*server));
      capture_message("lost");
      CHECK(flush(20s));
      CHECK(dropped(row.reason) == 1);
      CHECK(server->received().events().empty());
      CHECK(server->received().discarded().at({row.reason, "error"}) == 1);
      check_books();
    }
  }

  TEST_CASE("a 429 is final, is not reported, and quiets what it names") {  // C023, C147, S9.6
    const auto server = serve({"1:429,X-Sentry-Rate-Limits=60:error:key"});
    const Guard guard = start(to(*server));
    capture_message("refused by the server");
    CHECK(flush(20s));
    capture_message("held back");
    CHECK(flush(20s));
    CHECK(server->received().events().empty());
    CHECK(dropped("ratelimit_backoff") == 1);
    CHECK(stats().errors().dropped_total() == 2);
    const auto told = server->received().discarded();
    REQUIRE(told.size() == 1);
    CHECK(told.at({"ratelimit_backoff", "error"}) == 1);
    check_books();
  }

  TEST_CASE("a limit on a 200 is heard; limits on others do not matter") {  // C143, C145
    const auto server = serve({"1:200,X-Sentry-Rate-Limits=60:transaction;session:key",
                               "2:200,X-Sentry-Rate-Limits=60::organization"});
    const Guard guard = start(to(*server));
    for (int i = 0; i < 3; ++i) {
      capture_message(std::to_string(i));
      CHECK(flush(20s));
    }
    CHECK(server->received().events().size() == 2);
    CHECK(dropped("ratelimit_backoff") == 1);
  }

  TEST_CASE("an absent server costs events, never the host") {  // C025
    std::string dsn;
    {
      const auto server = serve();
      dsn = server->dsn();
    }
    Options options;
    options.dsn = dsn;
    options.max_attempts = 2;
    options.retry_backoff = 1ms;
    options.retry_backoff_max = 1ms;
    options.logger = [](Level, std::string_view) {};
    const Guard guard = start(options);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(capture_message("x").is_nil());
    CHECK(flush(20s));
    CHECK(dropped("network_error") == 10);
    check_books();
  }

  TEST_CASE("HTTPS works with the right certificate and with no other") {  // C173
    const auto server = serve({}, true);
    Options options = to(*server);
    options.ca_certs = server->ca_file();
    {
      const Guard guard = start(options);
      capture_message("over TLS");
      CHECK(flush(20s));
      CHECK(server->received().events().size() == 1);
    }
    options.ca_certs.clear();
    options.max_attempts = 1;
    const Guard guard = start(options);
    capture_message("to a stranger");
    CHECK(flush(20s));
    CHECK(server->received().events().size() == 1);
    CHECK(dropped("network_error") == 1);
  }

  TEST_CASE("a hanging server holds up nobody, and is left behind at the deadline") {  // S2.5, S9.6
    const auto server = serve({"*:hang"});
    const Guard guard = start(to(*server));
    for (int i = 0; i < 100; ++i) capture_message("x");
    CHECK_FALSE(flush(50ms));
    CHECK_FALSE(close(50ms));
    CHECK(stats().errors().captured == 100);
    CHECK(stats().errors().pending == 0);
    check_books();
  }
}

}  // namespace
}  // namespace picket
