// A bad day: the server is away at first, then refuses, resets, stalls, lies and breaks connections
// at random while eight threads capture. Afterwards the host, the statistics, the server and the
// client reports tell the same story, to the unit.

#include "ingest/server.hpp"
#include "picket/picket.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace picket {
namespace {

using namespace std::chrono_literals;
using ingest::IngestServer;

constexpr std::uint64_t kSeed = 20261122;
constexpr int kThreads = 8;

/// How long to capture; `PICKET_SOAK_SECONDS` makes a longer run of it.
std::chrono::milliseconds capturing_time() {
  const char* const seconds = std::getenv("PICKET_SOAK_SECONDS");
  return seconds == nullptr ? 3000ms : std::chrono::milliseconds(std::atoi(seconds) * 1000);
}

/// Numbers in [0, 1) that follow from the seed, for any thread.
std::function<double()> seeded_random() {
  const auto next = std::make_shared<std::atomic<std::uint64_t>>(kSeed);
  return [next] {
    std::uint64_t bits = next->fetch_add(0x9E3779B97F4A7C15U);
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<double>((bits ^ (bits >> 31U)) >> 11U) * 0x1.0p-53;
  };
}

/// A port on which nobody listens, for the moment.
std::uint16_t unused_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(probe);
  REQUIRE(bound);
  return ntohs(address.sin_port);
}

/// What the host heard of its events.
class Told {
 public:
  void hear(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (delivery.outcome == DeliveryOutcome::spooled) {
      ++spooled_;
      return;
    }
    const bool is_sent = delivery.outcome == DeliveryOutcome::sent;
    const std::string end(is_sent ? "sent" : std::string(delivery.reason));
    if (!ends_.emplace(delivery.id.to_string(), end).second) ++twice_;
  }
  [[nodiscard]] std::map<std::string, std::string> ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  [[nodiscard]] int told_twice() const {
    const std::lock_guard lock(mutex_);
    return twice_;
  }
  [[nodiscard]] int spooled() const {
    const std::lock_guard lock(mutex_);
    return spooled_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> ends_;
  int twice_ = 0;
  int spooled_ = 0;
};

/// One of the eight: everything that a service captures, as fast as a busy one does.
void capture_until(const std::atomic<bool>& is_over, int thread, std::set<std::string>& ids) {
  const auto unit = isolate();
  const auto keep = [&](const EventId& id) {
    if (!id.is_nil()) ids.insert(id.to_string());
  };
  for (int i = 0; !is_over; ++i) {
    const std::string name = std::to_string(thread) + "/" + std::to_string(i);
    set_tag("unit", name);
    add_breadcrumb("before " + name);
    switch (i % 4) {
      case 0:
        try {
          throw std::runtime_error("failure " + name);
        } catch (const std::exception& error) {
          keep(capture_exception(error));
        }
        break;
      case 1: {
        const auto scope = push_scope();
        add_attachment({.filename = "notes.txt", .bytes = "notes of " + name});
        keep(capture_message("with notes " + name, Level::warning));
        break;
      }
      case 2: {
        auto transaction = start_transaction({.op = "task", .name = "task " + name});
        for (int s = 0; s < 3; ++s) start_span({.op = "step"}).finish();
        transaction.finish();
        break;
      }
      default:
        keep(capture_message("unwanted " + name, Level::info));
    }
    std::this_thread::sleep_for(10ms);  // the pace of the host, not a wait for anything
  }
}

Options chaotic_options(Told& told) {
  Options options;
  options.logger = [](Level, std::string_view) {};
  options.random = seeded_random();
  options.sample_rate = 0.9;
  options.traces_sample_rate = 0.8;
  options.max_queue_items = 64;
  options.max_attempts = 100;  // nothing is given up: who has it must be clear to the unit
  options.retry_backoff = 2ms;
  options.retry_backoff_max = 40ms;
  options.request_timeout = 2s;
  options.spool_replay_interval = 1ms;
  options.spool_max_items = 100'000;
  options.spool_max_bytes = std::size_t{1} << 30U;
  options.before_send = [](Event& event, Hint&) {
    const bool unwanted = event.message && event.message->formatted.starts_with("unwanted");
    return unwanted && event.message->formatted.ends_with("7") ? Verdict::drop : Verdict::keep;
  };
  options.on_delivery = [&told](const Delivery& delivery) { told.hear(delivery); };
  return options;
}

bool wait_until_all_is_settled() {
  const auto give_up = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < give_up) {
    bool open = false;
    for (const auto& entry : stats().categories) {
      open = open || entry.second.pending > 0 || entry.second.spooled > 0;
    }
    if (!open) return true;
    flush(100ms);
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

/// The events that the server took in without being able to say so.
std::set<std::string> ids_of_lost_answers(const IngestServer& server) {
  std::set<std::string> ids;
  for (const auto& envelope : server.received().accepted()) {
    if (envelope->sent != ingest::Sent::all) ids.insert(envelope->event_id);
  }
  return ids;
}

/// The losses that the client has to report: all but what the server refused with a 429.
ingest::Received::Discarded reportable(const Stats& books) {
  ingest::Received::Discarded losses;
  for (const auto& [category, account] : books.categories) {
    for (const auto& [reason, count] : account.dropped) {
      if (reason != "rate_limited") losses[{reason, category}] = count;
    }
  }
  return losses;
}

std::string text_of(const ingest::Received::Discarded& losses) {
  std::string text;
  for (const auto& [what, count] : losses) {
    text += what.second + " " + what.first + " " + std::to_string(count) + "\n";
  }
  return text;
}

void check_story(const IngestServer& server, const Stats& books, const Told& told,
                 const std::set<std::string>& ids) {
  for (const auto& entry : books.categories) {
    CAPTURE(entry.first);
    const CategoryStats& account = entry.second;
    CHECK(account.captured == account.sent + account.dropped_total());
  }
  // An envelope whose answer was lost, and which was refused when it was offered again, is with the
  // server although the client has to take it for lost. It tells its client report once more.
  const auto ends = told.ends();
  const auto is_confirmed = [&](const ingest::ReceivedEnvelope& envelope) {
    const auto end = ends.find(envelope.event_id);
    return end == ends.end() || end->second == "sent";
  };
  CHECK(text_of(server.received().discarded_once(is_confirmed)) == text_of(reportable(books)));

  // What each id came to, as the host was told, and what the server has.
  const auto deliveries = server.received().deliveries_by_id();
  CHECK(told.told_twice() == 0);
  std::size_t untold = 0;
  for (const std::string& id : ids) untold += ends.count(id) == 0 ? 1U : 0U;
  CHECK(untold <= books.delivery.untold);
  const auto answers_lost = ids_of_lost_answers(server);
  std::size_t sent = 0;
  std::size_t in_doubt = 0;
  for (const auto& entry : ends) {
    const std::string& id = entry.first;
    const std::string& end = entry.second;
    CAPTURE(id);
    CAPTURE(end);
    if (end == "sent") {
      ++sent;
      CHECK(deliveries.contains(id));
    } else if (deliveries.contains(id)) {
      ++in_doubt;
      const bool was_refused = end == "rate_limited" || end == "send_error";
      CHECK(was_refused);
      CHECK(answers_lost.contains(id));
    }
  }
  CHECK(sent + in_doubt == deliveries.size());
  CHECK(sent == books.errors().sent + books.of("transaction").sent);

  for (const auto& entry : server.received().bodies_by_id()) {
    CAPTURE(entry.first);
    CHECK(entry.second.size() == 1);  // whenever it was sent, it was the same
  }
  CHECK(server.received().complaints() == "");
}

/// The usual faults, those that quiet the client for a time less often: nothing goes wrong then.
std::vector<ingest::Fault> faults_of_the_day() {
  std::vector<ingest::Fault> all = ingest::usual_faults();
  std::vector<ingest::Fault> loud = all;
  std::erase_if(loud, [](const ingest::Fault& fault) { return !fault.headers.empty(); });
  for (int i = 0; i < 4; ++i) all.insert(all.end(), loud.begin(), loud.end());
  return all;
}

/// Looks at the books again and again while everything moves; the sum has to hold each time.
class Auditor {
 public:
  Auditor() : thread_([this] { look(); }) {}
  ~Auditor() {
    over_ = true;
    thread_.join();
    CHECK(looks_ > 0);
    CHECK(wrong_ == 0);
  }

 private:
  void look() {
    while (!over_) {
      ++looks_;
      for (const auto& entry : stats().categories) {
        const CategoryStats& account = entry.second;
        const std::uint64_t sum =
            account.sent + account.spooled + account.dropped_total() + account.pending;
        if (account.captured != sum) ++wrong_;
      }
      std::this_thread::sleep_for(1ms);
    }
  }

  std::atomic<bool> over_{false};
  std::atomic<int> looks_{0};
  std::atomic<int> wrong_{0};
  std::thread thread_;
};

struct Day {
  bool https = false;
  bool spool = false;
};

/// The day was as bad as it was meant to be. How fast faults come depends on which ones come first:
/// a server that stalls takes its time.
bool was_bad_enough(const IngestServer& server, const Told& told, const Day& day) {
  return server.received().request_count() > 30 && stats().delivery.failures > 10 &&
         (told.spooled() > 0) == day.spool;
}

/// The length of the day, longer where nothing much went wrong yet.
void wait_for_the_evening(const IngestServer& server, const Told& told, const Day& day) {
  std::this_thread::sleep_for(capturing_time());
  const auto at_the_latest = std::chrono::steady_clock::now() + 30s;
  while (!was_bad_enough(server, told, day) && std::chrono::steady_clock::now() < at_the_latest) {
    std::this_thread::sleep_for(20ms);
  }
}

void live_through(const Day& day) {
  Told told;
  const tests::TemporaryDirectory directory;
  ingest::IngestOptions serving;
  serving.https = day.https;
  serving.chaos = ingest::Chaos{.seed = kSeed, .rate = 0.4, .faults = faults_of_the_day()};
  // Without TLS the port is taken later: until then connections are refused.
  if (!day.https) serving.port = unused_port();
  std::unique_ptr<IngestServer> server;
  Options options = chaotic_options(told);
  if (day.https) {
    server = IngestServer::start(serving).value();
    options.dsn = server->dsn();
    options.ca_certs = server->ca_file();
  } else {
    options.dsn = "http://" + serving.public_key + "@127.0.0.1:" + std::to_string(serving.port) +
                  "/" + serving.project;
  }
  if (day.spool) options.spool_directory = directory.path();
  const Guard guard = init(std::move(options));
  REQUIRE(is_initialized());

  std::optional<Auditor> auditor(std::in_place);
  std::vector<std::set<std::string>> ids(kThreads);
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(capture_until, std::cref(is_over), i,
                         std::ref(ids[static_cast<std::size_t>(i)]));
  }
  if (!server) {
    std::this_thread::sleep_for(200ms);  // that long the server is away
    server = IngestServer::start(serving).value();
  }
  wait_for_the_evening(*server, told, day);
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  auditor.reset();
  server->set_chaos(std::nullopt);
  CHECK(wait_until_all_is_settled());
  CHECK(close(10s));

  std::set<std::string> all;
  for (std::set<std::string>& some : ids) all.merge(some);
  const Stats books = stats();
  check_story(*server, books, told, all);

  CHECK(was_bad_enough(*server, told, day));
  MESSAGE(server->received().request_count()
          << " requests, " << books.delivery.failures << " failures, " << all.size() << " events, "
          << books.errors().sent << " errors and " << books.of("transaction").sent
          << " transactions sent, " << server->received().duplicate_count() << " repeated, "
          << told.spooled() << " spooled, lost:\n"
          << text_of(reportable(books)));
}

TEST_SUITE("scenario/chaos") {
  TEST_CASE("a bad day with a server that is away at first, everything in memory") {
    live_through({.https = false, .spool = false});
  }

  TEST_CASE("a bad day with broken TLS handshakes, and a spool") {
    live_through({.https = true, .spool = true});
  }

  TEST_CASE("a host that no name server knows costs events, never the host") {
    // A label of more than 63 characters: no resolver has to be asked for it.
    Options options;
    options.dsn = "http://key@" + std::string(70, 'x') + ".invalid/1";
    options.logger = [](Level, std::string_view) {};
    options.max_attempts = 2;
    options.retry_backoff = options.retry_backoff_max = 1ms;
    const Client client = Client::create(std::move(options));
    REQUIRE(client.is_enabled());
    for (int i = 0; i < 20; ++i) CHECK_FALSE(client.capture_message("x").is_nil());
    CHECK(client.flush(20s));
    CHECK(client.stats().errors().dropped ==
          std::map<std::string, std::uint64_t>{{"network_error", 20}});
    CHECK_FALSE(client.stats().delivery.is_reachable);
    client.close(1s);
  }
}

}  // namespace
}  // namespace picket
