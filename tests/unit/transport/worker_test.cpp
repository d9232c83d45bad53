#include "transport/worker.hpp"

#include "unit/transport/fakes.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <csignal>
#include <new>
#include <stdexcept>
#include <thread>

namespace picket::transport {
namespace {

using namespace std::chrono_literals;
using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::OutgoingEnvelope;

std::string without_header(const std::string& envelope) {
  return envelope.substr(envelope.find('\n'));
}

TEST_SUITE("transport/worker") {
  TEST_CASE("jobs are delivered in order, each once") {
    World world;
    world.start();
    for (const char* text : {"a", "b", "c"}) world.push_event(text);
    CHECK(world.flush());
    CHECK(world.messages() == "a,b,c,");
    CHECK(world.errors() == "sent=3");
  }

  TEST_CASE("a status decides what becomes of an envelope") {  // P1.9, C020 to C024
    struct Row {
      int status;
      int max_attempts;
      const char* errors;
      std::size_t requests;
      bool is_reported;
    };
    for (const Row& row :
         {Row{200, 5, "sent=1", 1, false},       Row{201, 5, "sent=1", 1, false},
          Row{204, 5, "sent=1", 1, false},       Row{302, 5, "send_error=1", 1, true},
          Row{400, 5, "send_error=1", 1, true},  Row{401, 5, "send_error=1", 1, true},
          Row{403, 5, "send_error=1", 1, true},  Row{404, 5, "send_error=1", 1, true},
          Row{413, 5, "send_error=1", 1, true},  Row{429, 5, "rate_limited=1", 1, false},
          Row{500, 5, "send_error=1", 1, true},  Row{501, 5, "send_error=1", 1, true},
          Row{505, 5, "send_error=1", 1, true},  Row{408, 3, "send_error=1", 3, true},
          Row{502, 3, "send_error=1", 3, true},  Row{503, 3, "send_error=1", 3, true},
          Row{504, 3, "send_error=1", 3, true},  Row{503, 1, "send_error=1", 1, true},
          Row{0, 3, "network_error=1", 3, true}, Row{0, 1, "network_error=1", 1, true}}) {
      CAPTURE(row.status);
      CAPTURE(row.max_attempts);
      World world([&](std::size_t, const std::string&) { return status(row.status); });
      world.options.max_attempts = row.max_attempts;
      world.options.retry_backoff = 0ms;
      world.start();
      world.push_event("a");
      CHECK(world.flush());
      world.worker->close(World::soon());
      CHECK(world.errors() == row.errors);
      std::size_t requests = 0;  // of events: client reports go alone
      for (const auto& envelope : world.transport->sent()) {
        requests += envelope.find("\"type\":\"event\"") != std::string::npos ? 1U : 0U;
      }
      CHECK(requests == row.requests);
      CHECK(world.ledger->has_unreported() == row.is_reported);
    }
  }

  TEST_CASE("an envelope is offered again unchanged, after waits that double") {
    World world([](std::size_t index, const std::string&) { return status(index < 3 ? 0 : 200); });
    world.start();
    world.push_event("a");
    for (const auto expected : {1000ms, 2000ms, 4000ms}) {
      const auto wait = world.clock->await_sleeper();
      REQUIRE(wait);
      CHECK(*wait == expected);
      CHECK(world.errors() == "pending=1");
      world.clock->advance(expected);
    }
    CHECK(world.flush());
    CHECK(world.errors() == "sent=1");
    const auto sent = world.transport->sent();
    REQUIRE(sent.size() == 4);
    for (const std::string& envelope : sent) {
      CHECK(without_header(envelope) == without_header(sent[0]));
    }
    CHECK(sent[0].find("2026-03-01T00:00:00") != std::string::npos);  // P2.3: sent_at is fresh
    CHECK(sent[3].find("2026-03-01T00:00:07") != std::string::npos);
  }

  TEST_CASE("what comes in during a retry waits its turn") {
    World world(
        [](std::size_t index, const std::string&) { return status(index < 1 ? 503 : 200); });
    world.start();
    world.push_event("a");
    REQUIRE(world.clock->await_sleeper());
    world.push_event("b");
    CHECK(world.transport->sent().size() == 1);
    world.clock->advance(1s);
    CHECK(world.flush());
    CHECK(world.messages() == "a,a,b,");
  }

  TEST_CASE("a transport that throws counts as a network error and costs its envelope alone") {
    World world([](std::size_t index, const std::string&) {
      if (index == 0) throw std::runtime_error("cable");
      if (index == 1) throw 7;
      return status(200);
    });
    world.options.max_attempts = 1;
    world.start();
    for (const char* text : {"a", "b", "c"}) world.push_event(text);
    for (int i = 1; i <= 2; ++i) {
      REQUIRE(world.clock->await_sleeper());
      world.clock->advance(2s);
    }
    CHECK(world.flush());
    CHECK(world.errors() == "sent=1 network_error=2");
  }

  TEST_CASE("a job that throws costs itself alone") {
    World world;
    world.start();
    world.push({DataCategory::error, 1},
               []() -> std::optional<OutgoingEnvelope> { throw std::runtime_error("hook"); });
    world.push_event("b");
    CHECK(world.flush());
    CHECK(world.errors() == "sent=1 internal_sdk_error=1");
    CHECK(world.messages() == "b,");
  }

  TEST_CASE("who waits for a job hears whether it was lost on the way") {  // P7.19
    World world;
    world.start();
    const auto deliver = [&](Prepare prepare) {
      world.ledger->captured(DataCategory::error);
      return world.worker->deliver(
          std::make_unique<FakeJob>(protocol::Quantity{DataCategory::error, 1}, std::move(prepare)),
          World::soon());
    };
    CHECK(deliver([] { return event_envelope("a"); }));
    CHECK(deliver([]() -> std::optional<OutgoingEnvelope> { return std::nullopt; }));  // unwanted
    CHECK_FALSE(deliver([]() -> std::optional<OutgoingEnvelope> { throw std::bad_alloc(); }));
  }

  TEST_CASE("the spans of a transaction share its fate") {  // P5.9 rule 2
    Gate gate;
    World world([&](std::size_t, const std::string&) {
      gate.wait();
      return status(200);
    });
    world.options.max_queue_items = 1;
    world.start();
    world.push_event("in work");
    REQUIRE(gate.await_waiter());
    world.push_transaction(3, []() -> std::optional<OutgoingEnvelope> { return std::nullopt; });
    world.push_event("worth more");
    CHECK(world.fate_of("transaction") == "queue_overflow=1");
    CHECK(world.fate_of("span") == "queue_overflow=3");
    gate.open();
    CHECK(world.flush());
    world.push_transaction(
        2, []() -> std::optional<OutgoingEnvelope> { throw std::runtime_error("hook"); });
    CHECK(world.flush());
    CHECK(world.fate_of("transaction") == "internal_sdk_error=1 queue_overflow=1");
    CHECK(world.fate_of("span") == "internal_sdk_error=2 queue_overflow=3");
  }

  TEST_CASE("a job without an envelope has recorded its own end") {
    World world;
    world.start();
    world.push({DataCategory::error, 1}, [&]() -> std::optional<OutgoingEnvelope> {
      world.ledger->dropped(DiscardReason::before_send, DataCategory::error);
      return std::nullopt;
    });
    CHECK(world.flush());
    CHECK(world.errors() == "before_send=1");
  }

  TEST_CASE("a limit heard on a 200 quiets its category until it has passed") {  // C143, C147, C148
    World world([](std::size_t index, const std::string&) {
      return index == 0 ? status(200, "60:error:key") : status(200);
    });
    world.options.send_client_reports = false;
    world.start();
    world.push_event("a");
    world.push_event("b");
    CHECK(world.flush());
    CHECK(world.errors() == "sent=1 ratelimit_backoff=1");
    world.clock->advance(60s);
    world.push_event("c");
    CHECK(world.flush());
    CHECK(world.messages() == "a,c,");
  }

  TEST_CASE("only what is limited leaves a mixed envelope, attachments with their event") {  // C146
    const auto mixed = [](World& world) -> Prepare {
      return [&world]() -> std::optional<OutgoingEnvelope> {
        world.ledger->captured(DataCategory::attachment, 5);
        world.ledger->captured(DataCategory::session, 1);
        OutgoingEnvelope envelope = event_envelope("mixed");
        envelope.add_item("attachment", "12345", {{DataCategory::attachment, 5}},
                          {.filename = "a.txt"});
        envelope.add_item("session", "{}", {{DataCategory::session, 1}});
        return envelope;
      };
    };
    struct Row {
      const char* limits;
      const char* errors;
      const char* attachments;
      const char* sessions;
    };
    for (const Row& row :
         {Row{"60:error:key", "sent=1 ratelimit_backoff=1", "ratelimit_backoff=5", "sent=1"},
          Row{"60:attachment:key", "sent=2", "ratelimit_backoff=5", "sent=1"},
          Row{"60:session:key", "sent=2", "sent=5", "ratelimit_backoff=1"},
          Row{"60::key", "sent=1 ratelimit_backoff=1", "ratelimit_backoff=5",
              "ratelimit_backoff=1"}}) {
      CAPTURE(row.limits);
      World world([&](std::size_t index, const std::string&) {
        return index == 0 ? status(200, row.limits) : status(200);
      });
      world.start();
      world.push_event("first");
      world.push({DataCategory::error, 1}, mixed(world));
      CHECK(world.flush());
      CHECK(world.errors() == row.errors);
      CHECK(world.fate_of("attachment") == row.attachments);
      CHECK(world.fate_of("session") == row.sessions);
    }
  }

  TEST_CASE("a limit that comes with a refusal is waited out before the next attempt") {  // P7.13
    World world([](std::size_t index, const std::string&) {
      return index == 0 ? status(503, "60:error:key") : status(200);
    });
    world.start();
    world.push_event("a");
    CHECK(world.clock->await_sleep_of(60s));  // not the second of the backoff
    world.clock->advance(59s);
    CHECK(world.clock->await_sleep_of(1s));
    CHECK(world.errors() == "pending=1");
    world.clock->advance(1s);
    CHECK(world.flush());
    CHECK(world.transport->sent().size() == 2);
    CHECK(world.errors() == "sent=1");
  }

  TEST_CASE("a full queue drops without waiting and counts what it drops") {  // P7.7, C164
    Gate gate;
    World world([&](std::size_t, const std::string&) {
      gate.wait();
      return status(200);
    });
    world.options.max_queue_items = 2;
    world.start();
    world.push_event("in work");
    REQUIRE(gate.await_waiter());
    for (const char* text : {"a", "b", "c", "d"}) world.push_event(text);
    CHECK(world.errors() == "pending=3 queue_overflow=2");
    gate.open();
    CHECK(world.flush());
    CHECK(world.errors() == "sent=3 queue_overflow=2");
  }

  TEST_CASE("a flush covers only what came before it") {
    Gate gate;
    World world([&](std::size_t, const std::string& envelope) {
      if (envelope.find("late") != std::string::npos) gate.wait();
      return status(200);
    });
    world.start();
    CHECK(world.flush());  // nothing to wait for
    world.push_event("early");
    CHECK(world.flush());
    world.push_event("late");
    REQUIRE(gate.await_waiter());
    world.push_event("later");
    CHECK(world.errors() == "sent=1 pending=2");
    CHECK_FALSE(world.worker->flush(base::deadline_in(1ms)));  // C162
    gate.open();
    CHECK(world.flush());
  }

  TEST_CASE("a job that flushes or closes is told no at once") {
    World world;
    Worker& worker = world.start();
    bool own = false, flushed = true, closed = true;
    world.push({DataCategory::error, 1}, [&]() -> std::optional<OutgoingEnvelope> {
      own = worker.is_own_thread();
      flushed = worker.flush(World::soon());
      closed = worker.close(World::soon());
      return event_envelope("a");
    });
    CHECK(world.flush());
    CHECK(own);
    CHECK_FALSE(flushed);
    CHECK_FALSE(closed);
    CHECK_FALSE(worker.is_own_thread());
    world.push_event("still open");
    CHECK(world.flush());
    CHECK(world.errors() == "sent=2");
  }

  TEST_CASE("the thread has a name and leaves signals to the host") {
    World world;
    world.start();
    char name[16] = {};
    sigset_t blocked;
    sigemptyset(&blocked);
    world.push({DataCategory::error, 1}, [&]() -> std::optional<OutgoingEnvelope> {
      pthread_getname_np(pthread_self(), name, sizeof name);
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      return event_envelope("a");
    });
    CHECK(world.flush());
    CHECK(std::string(name) == "picket-worker");
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGALRM, SIGCHLD}) {
      CHECK(sigismember(&blocked, signal) == 1);
    }
    CHECK(sigismember(&blocked, SIGSEGV) == 0);
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    CHECK(sigismember(&mine, SIGTERM) == 0);
  }

  TEST_CASE("what many threads push arrives, and the numbers add up") {
    World world;
    world.options.max_queue_items = 100'000;
    world.options.max_queue_bytes = 1U << 30U;
    world.start();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) world.push_event("x");
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(world.flush());
    CHECK(world.errors() == "sent=2000");
  }
}

}  // namespace
}  // namespace picket::transport
