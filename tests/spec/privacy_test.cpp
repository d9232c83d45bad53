// What leaves the process, and what does not.

#include "picket/privacy.hpp"
#include "picket/picket.hpp"
#include "picket/secret.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace picket {
namespace {

using testing::Captured;
using testing::CapturedEvent;
using testing::ScopedClient;

constexpr const char* kSecret = "hunter2";
const Value kMasked("[Filtered]");

/// Every byte that would have gone over the wire.
std::string all_bytes(const Captured& captured) {
  std::string bytes;
  for (const std::string& envelope : captured.raw()) bytes += envelope;
  return bytes;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

CapturedEvent only(const ScopedClient& client) {
  const auto events = client.captured().events();
  REQUIRE(events.size() == 1);
  return events[0];
}

/// `value` under `key`, five levels deep, twice in a list.
Object buried(const char* key, const Value& value) {
  const List inner{Value(Object{{key, value}})};
  return Object{{"b", List{Value(Object{{"c", Object{{"d", inner}}}})}}};
}

/// Something of every kind that an event can carry, each with a secret.
Event event_full_of_secrets() {
  const Object facts{{"password", kSecret}, {"url", "redis://:hunter2@cache"}};
  Event event;
  event.logger = "amqp://a:hunter2@queue";
  event.transaction = "GET /login?password=hunter2";
  event.message = LogEntry{.formatted = "Bearer hunter2.b.c",
                           .message = "password=hunter2",
                           .params = {Value("token=hunter2"), Value(facts)}};
  Mechanism mechanism{.description = "pwd=hunter2", .data = facts, .meta = facts};
  event.exceptions.push_back(
      {.type = "Error", .value = "Authorization: Basic hunter2", .mechanism = mechanism});
  event.threads.push_back({.id = "1", .name = "worker password=hunter2"});
  event.breadcrumbs.push_back(
      {.category = "a://:hunter2@h", .message = "a://b:hunter2@h", .data = facts});
  event.user = User{.id = "7", .username = "token=hunter2", .data = facts};
  event.request = Request{.method = "GET",
                          .url = "https://u:hunter2@host/x?api_key=hunter2",
                          .query_string = "api_key=hunter2&page=2",
                          .data = facts,
                          .cookies = "theme=dark; session=hunter2",
                          .headers = {{"Authorization", "Basic hunter2"}, {"Cookie", "a=hunter2"}},
                          .env = {{"DB_PASS", kSecret}}};
  event.tags = {{"password", kSecret}, {"url", "a://:hunter2@h"}};
  event.contexts = {{"session", Object{{"is", kSecret}}}, {"plain", facts}};
  event.extra = facts;
  event.fingerprint = {"password=hunter2"};
  return event;
}

/// What a client says on its log.
class Lines {
 public:
  [[nodiscard]] LogSink sink() {
    return [this](Level, std::string_view line) {
      const std::lock_guard lock(mutex_);
      text_.append(line).append(1, '\n');
    };
  }
  [[nodiscard]] std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

class DeadNetwork final : public Transport {
 public:
  TransportResponse send(std::string_view) override { return {.error = "no network"}; }
};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string user_name() {
  const passwd* const entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : "no-user";
}

TEST_SUITE("spec/privacy") {
  TEST_CASE("values under sensitive names are filtered, at any depth, in lists, from hooks") {
    constexpr std::array<const char*, 20> kKeys{
        // S14.3, S2.3
        "password",      "PASSWORD",  "db_passwd",    "userPassword",  "secret",
        "Client-Secret", "token",     "access_token", "refreshToken",  "api key",
        "api_key",       "X-Api-Key", "auth",         "Authorization", "credentials",
        "private_key",   "session",   "Set-Cookie",   "csrf-token",    "XSRF"};
    const ScopedClient client({.before_send = [&](Event& event, Hint&) {
      for (const char* key : kKeys) event.extra.set(key, Value(kSecret));
      return Verdict::keep;
    }});
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      set_context("context" + std::to_string(i), buried(kKeys[i], kSecret));
    }
    set_tag("password", kSecret);
    capture_message("x");
    CHECK_FALSE(contains(all_bytes(client.captured()), kSecret));
    const Value json = only(client).json();
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      CAPTURE(std::string(kKeys[i]));
      const std::string path = "contexts.context" + std::to_string(i) + ".b.0.c.d.0.";
      CHECK(json.at(path + kKeys[i]) == kMasked);
      CHECK(json.at(std::string("extra.") + kKeys[i]) == kMasked);
    }
    CHECK(json.at("tags.password") == kMasked);
  }

  TEST_CASE("every part of an event is scrubbed") {  // S14.3, S14.4
    const ScopedClient client;
    capture_event(event_full_of_secrets());
    const std::string bytes = all_bytes(client.captured());
    CHECK_FALSE(contains(bytes, kSecret));
    const Value json = only(client).json();
    CHECK(json.at("transaction") == Value("GET /login?password=[Filtered]"));
    CHECK(json.at("logentry.formatted") == Value("Bearer [Filtered]"));
    CHECK(json.at("logentry.params.1.password") == kMasked);
    CHECK(json.at("exception.values.0.value") == Value("Authorization: [Filtered]"));
    CHECK(json.at("exception.values.0.mechanism.data.password") == kMasked);
    CHECK(json.at("breadcrumbs.values.0.message") == Value("a://[Filtered]:[Filtered]@h"));
    CHECK(json.at("breadcrumbs.values.0.data.url") == Value("redis://:[Filtered]@cache"));
    CHECK(json.at("request.query_string") == Value("api_key=[Filtered]&page=2"));
    CHECK(json.at("request.cookies") == Value("theme=dark; session=[Filtered]"));
    CHECK(json.at("contexts.session.is") == kMasked);
    CHECK(json.at("user.id") == Value("7"));
  }

  TEST_CASE("breadcrumbs that no hook has seen are scrubbed too, and the others stay") {  // S14.3
    const ScopedClient client;
    add_breadcrumb("first", {.data = {{"text", "as it \"was\"\n"}, {"n", 1}}});
    add_breadcrumb("GET /?access_token=hunter2", {.category = "http"});
    add_breadcrumb("login", {.data = {{"user", "bob"}, {"password", kSecret}}});
    add_breadcrumb("quoted",
                   {.data = {{"text", "a \"b\"\nBearer hunter2"}, {"n", 18446744073709551615U}}});
    add_breadcrumb("nested", {.data = {{"list", List{Value(Object{{"token", kSecret}})}}}});
    capture_message("x");
    CHECK_FALSE(contains(all_bytes(client.captured()), kSecret));
    const Value json = only(client).json();
    CHECK(json.at("breadcrumbs.values.0.data.text") == Value("as it \"was\"\n"));
    CHECK(json.at("breadcrumbs.values.1.message") == Value("GET /?access_token=[Filtered]"));
    CHECK(json.at("breadcrumbs.values.2.data.user") == Value("bob"));
    CHECK(json.at("breadcrumbs.values.2.data.password") == kMasked);
    CHECK(json.at("breadcrumbs.values.3.data.text") == Value("a \"b\"\nBearer [Filtered]"));
    CHECK(json.at("breadcrumbs.values.4.data.list.0.token") == kMasked);
  }

  TEST_CASE("a secret that a limit cut in two is masked as far as it is there") {  // S14.4
    const ScopedClient client;
    set_tag("cut", std::string(170, 'x') + " redis://bob:hunter2" + std::string(80, 'y') + "@host");
    add_breadcrumb(std::string(8170, 'x') + " redis://bob:hunter2" + std::string(80, 'y') +
                   "@host");
    add_breadcrumb("data", {.data = {{"text", std::string(1000, 'x') + " redis://b:hunter2" +
                                                  std::string(80, 'y') + "@host"}}});
    capture_message(std::string(8170, 'x') + " redis://bob:hunter2" + std::string(80, 'y') +
                    "@host");
    CHECK_FALSE(contains(all_bytes(client.captured()), "hunter"));
    CHECK(client.captured().events().size() == 1);
  }

  TEST_CASE("transactions and spans are scrubbed, and so is the header of their envelope") {
    const ScopedClient client({.traces_sample_rate = 1.0});  // S14.3, S14.4
    {
      auto transaction = start_transaction({.op = "http.server", .name = "GET /?token=hunter2"});
      transaction.set_data("password", kSecret);
      transaction.set_tag("secret", kSecret);
      auto span =
          transaction.start_child({.op = "db", .description = "connect redis://:hunter2@h"});
      span.set_data("api_key", kSecret);
      span.set_data("list", List{Value(Object{{"token", kSecret}})});
      span.set_tag("token", kSecret);
    }
    const std::string bytes = all_bytes(client.captured());
    CHECK_FALSE(contains(bytes, kSecret));
    const auto transaction = client.captured().last_transaction();
    REQUIRE(transaction);
    CHECK(transaction->name() == "GET /?token=[Filtered]");
    CHECK(transaction->envelope().headers.find("trace")->at("transaction") ==
          Value("GET /?token=[Filtered]"));
    CHECK(transaction->spans()[0].description() == "connect redis://:[Filtered]@h");
    CHECK(transaction->spans()[0].datum("api_key") == kMasked);
  }

  TEST_CASE("the host may add names, allow names, and turn it off") {  // S14.3
    const Object facts{{"iban", "DE12"}, {"session_count", 3}, {"password", kSecret}};
    const auto extra_with = [&](const ScrubOptions& scrub) {
      const ScopedClient client({.scrub = scrub});
      Event event;
      event.extra = facts;
      capture_event(event);
      return only(client).json().at("extra");
    };
    const Value with = extra_with({.extra_keys = {"IBAN"}, .allowed_keys = {"session_count"}});
    CHECK(with.at("iban") == kMasked);
    CHECK(with.at("session_count") == Value(3));
    CHECK(with.at("password") == kMasked);
    CHECK(extra_with({.enabled = false}) == Value(facts));
  }

  TEST_CASE("a secret value is never written down") {  // S14.3
    const ScopedClient client;
    const Secret<std::string> pin("hunter2");
    set_tag("code", pin);
    set_extra("code", pin);
    add_breadcrumb("note", {.data = {{"code", pin}}});
    capture_message("x", Level::info, {.extra_context = {{"code", pin}}});
    CHECK_FALSE(contains(all_bytes(client.captured()), kSecret));
    CHECK(only(client).json().at("extra.code") == kMasked);
    CHECK(only(client).json().at("breadcrumbs.values.0.data.code") == kMasked);
  }

  TEST_CASE("a dry run writes what would be sent to the log, and sends nothing") {  // S14.1, S3.5
    const auto sent = std::make_shared<testing::MemoryTransport>();
    for (const char* dsn : {"", "http://publ1c@localhost:9/1"}) {
      CAPTURE(std::string(dsn));
      const tests::TemporaryDirectory directory;
      Lines lines;
      const Client client = Client::create({.dsn = dsn,
                                            .logger = lines.sink(),
                                            .scrub = {.enabled = false},
                                            .dry_run = true,
                                            .spool_directory = directory.path("spool"),
                                            .transport = sent});
      REQUIRE(client.is_enabled());
      client.capture_message("login with password=hunter2 failed");
      Event event;
      event.extra = Object{{"api_key", kSecret}, {"list", List{Value(1), Value("two")}}};
      client.capture_event(event);
      CHECK(client.close(std::chrono::seconds(10)));
      const std::string log = lines.text();
      CHECK(contains(log, "dry run: envelope 2 would be sent"));
      CHECK(contains(log, "dry run: item event, "));
      CHECK(contains(log, "\n    \"formatted\": \"login with password=[Filtered] failed\""));
      CHECK(contains(log, "\n    \"list\": [\n      1,\n      \"two\"\n    ]"));
      CHECK_FALSE(contains(log, kSecret));
      CHECK_FALSE(contains(log, "publ1c"));
      CHECK(client.stats().errors().sent == 2);
      CHECK_FALSE(std::filesystem::exists(directory.path("spool")));
    }
    CHECK(sent->captured().raw().empty());
  }

  TEST_CASE("nothing personal leaves by itself, what the host says explicitly does") {
    const std::string host = host_name();  // S14.1, A13
    const std::string user = user_name();
    const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/no-home";
    REQUIRE(setenv("PICKET_TEST_MARK", "mark-of-the-environment", 1) == 0);
    const auto bytes_with = [&](bool pii) {
      const ScopedClient client({.dsn = "http://key@ingest.invalid/1",
                                 .traces_sample_rate = 1.0,
                                 .send_default_pii = pii});
      set_user({.id = "7", .username = "bob"});
      { const auto transaction = start_transaction({.op = "task", .name = "t"}); }
      capture_message("x");
      return all_bytes(client.captured());
    };
    const std::string off = bytes_with(false);
    const std::string on = bytes_with(true);
    unsetenv("PICKET_TEST_MARK");
    const std::string server_name = "\"server_name\":\"" + host + '"';
    CHECK_FALSE(contains(off, "server_name"));
    CHECK(contains(on, server_name));
    // A host may be called like its system, `debian`: as a value of its own it is nowhere else.
    if (!contains(off, "\"name\":\"" + host)) CHECK_FALSE(contains(off, ":\"" + host + '"'));
    for (const std::string& part :
         {std::string("{{auto}}"), std::string("mark-of-the-environment"), ":\"" + user + '"',
          '"' + home + '/', std::string("argv"), std::string("command_line")}) {
      CAPTURE(part);
      CHECK_FALSE(contains(off, part));
    }
    CHECK(contains(off, "\"username\":\"bob\""));
    CHECK(contains(off, "\"id\":\"7\""));
    CHECK(contains(off, "\"infer_ip\":\"never\""));
  }

  TEST_CASE("without a spool no byte goes to a file, whatever the network does") {  // S14.5
    const tests::TemporaryDirectory directory;
    const std::filesystem::path former = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);  // who writes to a file now is killed
    {
      const Client client = Client::create({.dsn = "http://key@localhost:9/1",
                                            .max_attempts = 2,
                                            .retry_backoff = std::chrono::milliseconds(1),
                                            .retry_backoff_max = std::chrono::milliseconds(1),
                                            .transport = std::make_shared<DeadNetwork>()});
      client.capture_message("x");
      client.capture_exception(std::runtime_error("y"));
      client.flush(std::chrono::seconds(10));
      CHECK_FALSE(client.flush_to_spool(std::chrono::seconds(10)));
      client.capture_message("left over");
      client.close(std::chrono::milliseconds(0));
    }
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::filesystem::current_path(former);
    CHECK(std::filesystem::is_empty(directory.path()));
  }
}

}  // namespace
}  // namespace picket
