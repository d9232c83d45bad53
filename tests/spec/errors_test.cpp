// Errors and messages as the protocol and the seed describe them, seen on the wire.

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace shop::db {

struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace shop::db

namespace picket {
namespace {

using testing::Captured;
using testing::CapturedEvent;
using testing::ScopedClient;

CapturedEvent only(const ScopedClient& client) {
  const Captured captured = client.captured();
  INFO(captured.describe());
  REQUIRE(captured.problems().empty());
  REQUIRE(captured.events().size() == 1);
  return captured.events().front();
}

[[gnu::noinline]] void fail_in_a_function() { throw shop::db::Timeout("5 s"); }

TEST_SUITE("spec/errors") {
  TEST_CASE("an exception becomes an event with everything the protocol asks") {  // S4.1, P3.6
    const ScopedClient client({.release = "shop@1.4.0"});
    EventId id;
    try {
      fail_in_a_function();
    } catch (const std::exception& error) {
      id = capture_exception(error);
    }
    const CapturedEvent event = only(client);
    const Value& json = event.json();
    CHECK(event.id() == id.to_string());
    CHECK(event.envelope().headers.find("event_id")->text_or("") == id.to_string());  // C035
    CHECK(json.at("timestamp") == Value("2026-01-01T00:00:00.000000Z"));
    CHECK(json.at("platform") == Value("native"));
    CHECK(json.at("level") == Value("error"));
    CHECK(json.at("release") == Value("shop@1.4.0"));
    CHECK(json.at("environment") == Value("production"));
    CHECK(json.at("sdk.name") == Value(kSdkName));
    CHECK(event.type() == "Timeout");
    CHECK(event.value() == "5 s");
    CHECK(json.at("exception.values.0.module") == Value("shop::db"));
    CHECK(json.at("exception.values.0.mechanism.type") == Value("generic"));
    CHECK(json.at("exception.values.0.mechanism.handled") == Value(true));
    CHECK(json.at("contexts.trace.trace_id").text_or("").size() == 32);  // C070
    CHECK(json.at("contexts.trace.span_id").text_or("").size() == 16);
    CHECK(json.at("contexts.os.name") == Value("Linux"));  // C069
    CHECK(json.at("server_name").is_null());               // S14.1
  }

  TEST_CASE("the newest frame is the capture site with file and line") {  // S4.1, C059
    const ScopedClient client;
    try {
      fail_in_a_function();
    } catch (const std::exception& error) {
      capture_exception(error);
    }
    const CapturedEvent event = only(client);
    const List& frames = *event.json().at("exception.values.0.stacktrace.frames").as_list();
    REQUIRE(frames.size() > 2);
    CHECK(frames.back().at("filename") == Value("errors_test.cpp"));
    CHECK(frames.back().at("lineno").number_or(0) > 1);
    bool main_seen = false;
    for (const Value& frame : frames) {
      main_seen = main_seen || frame.at("function") == Value("main");
      CHECK(frame.at("function").text_or("").find("picket::client") == std::string_view::npos);
    }
    CHECK(main_seen);
    CHECK(event.json().at("debug_meta.images.0.debug_id").text_or("").size() == 36);
    CHECK(event.json().at("debug_meta.images.0.type") == Value("elf"));
  }

  TEST_CASE("nested exceptions are linked, the innermost first") {  // C058, S4.7
    const ScopedClient client;
    try {
      try {
        try {
          throw std::system_error(ENOENT, std::generic_category(), "open");
        } catch (...) {
          std::throw_with_nested(shop::db::Timeout("query"));
        }
      } catch (...) {
        std::throw_with_nested(shop::db::Failure<int>("service"));
      }
    } catch (...) {
      capture_exception();
    }
    const CapturedEvent event = only(client);
    const Value& values = event.json().at("exception.values");
    REQUIRE(values.as_list()->size() == 3);
    CHECK(values.at("0.type") == Value("system_error"));
    CHECK(values.at("1.type") == Value("Timeout"));
    CHECK(values.at("2.type") == Value("Failure<int>"));
    CHECK(values.at("2.module") == Value("shop::db"));
    CHECK(values.at("2.mechanism.exception_id") == Value(0));
    CHECK(values.at("2.mechanism.parent_id").is_null());
    CHECK(values.at("1.mechanism.exception_id") == Value(1));
    CHECK(values.at("1.mechanism.parent_id") == Value(0));
    CHECK(values.at("0.mechanism.parent_id") == Value(1));
    CHECK(values.at("0.mechanism.data.code") == Value(ENOENT));
    CHECK(values.at("0.mechanism.data.category") == Value("generic"));
    CHECK(values.at("0.mechanism.meta.errno.number") == Value(ENOENT));
    CHECK(values.at("2.stacktrace.frames").as_list() != nullptr);
    CHECK(values.at("0.stacktrace").is_null());  // C060
  }

  TEST_CASE("an integration tells how the whole chain was caught") {  // P3.7
    const ScopedClient client;
    try {
      try {
        throw std::runtime_error("disk full");
      } catch (...) {
        std::throw_with_nested(shop::db::Timeout("query"));
      }
    } catch (...) {
      capture_exception({.mechanism = "auto.http.shop", .handled = false});
    }
    const CapturedEvent event = only(client);
    const Value& values = event.json().at("exception.values");
    REQUIRE(values.as_list()->size() == 2);
    for (const Value& value : *values.as_list()) {
      CHECK(value.at("mechanism.type") == Value("auto.http.shop"));
      CHECK(value.at("mechanism.handled") == Value(false));
    }
    CHECK(values.at("0.mechanism.parent_id") == Value(0));
  }

  TEST_CASE("objects that are no exceptions are told by type and value") {  // S4.7
    const ScopedClient client;
    try {
      throw 42;
    } catch (...) {
      capture_exception();
    }
    const CapturedEvent event = only(client);
    CHECK(event.type() == "int");
    CHECK(event.value() == "42");
  }

  TEST_CASE("outside a catch block nothing is captured and the host is told") {
    const ScopedClient client;
    CHECK(capture_exception().is_nil());
    CHECK(capture_exception(std::exception_ptr{}).is_nil());
    CHECK(client.captured().events().empty());
    REQUIRE(client.diagnostics().size() == 2);
    CHECK(client.diagnostics()[0].find("catch block") != std::string::npos);
  }

  TEST_CASE("extra context and tags belong to one event") {  // S4.2, S4.3
    const ScopedClient client;
    capture_message("first", Level::info,
                    {.extra_context = {{"operation", "update"}, {"user", 12345678901234567LL}},
                     .tags = {{"feature", "ban"}, {"beta", true}},
                     .level = Level::fatal,
                     .fingerprint = {"a", "b"}});
    capture_message("second");
    const Captured captured = client.captured();
    REQUIRE(captured.events().size() == 2);
    const CapturedEvent& first = captured.events()[0];
    CHECK(first.has_context("extra", "operation", "update"));
    CHECK(first.has_tag("feature", "ban"));
    CHECK(first.has_tag("beta", "true"));
    CHECK(first.level() == "fatal");
    CHECK(first.json().at("fingerprint").as_list()->size() == 2);
    const CapturedEvent& second = captured.events()[1];
    CHECK_FALSE(second.has_context("extra"));
    CHECK_FALSE(second.tag("feature"));
    CHECK(second.level() == "info");
    CHECK(second.json().at("fingerprint").is_null());
  }

  TEST_CASE("a message keeps its text; with attach_stacktrace it has a thread") {  // P3.5, P3.10
    const ScopedClient plain;
    capture_message("disk full", Level::warning);
    CHECK(only(plain).json().at("logentry.formatted") == Value("disk full"));
    CHECK(only(plain).json().at("threads").is_null());

    const ScopedClient with_stack({.attach_stacktrace = true});
    capture_message("disk full");
    const CapturedEvent event = only(with_stack);
    CHECK(event.json().at("threads.values.0.current") == Value(true));
    const List& frames = *event.json().at("threads.values.0.stacktrace.frames").as_list();
    CHECK(frames.back().at("filename") == Value("errors_test.cpp"));
  }

  TEST_CASE("an event made by hand is filled in, not overwritten") {  // S11.3
    const ScopedClient client({.release = "shop@1"});
    Event event;
    event.release = "other@2";
    event.level = Level::warning;
    event.logger = "audit";
    event.exceptions.push_back({.type = "Custom", .value = "by hand"});
    event.contexts["os"] = Object{{"name", Value("MyOS")}};
    const EventId id = capture_event(std::move(event));
    const CapturedEvent seen = only(client);
    CHECK(seen.id() == id.to_string());
    CHECK(seen.json().at("release") == Value("other@2"));
    CHECK(seen.json().at("environment") == Value("production"));
    CHECK(seen.level() == "warning");
    CHECK(seen.type() == "Custom");
    CHECK(seen.json().at("contexts.os.name") == Value("MyOS"));  // C069
    CHECK_FALSE(seen.json().at("contexts.os.version").is_null());
  }

  TEST_CASE("capture, rethrow, capture again is one event with one id") {  // S4.6
    const ScopedClient client;
    EventId first;
    EventId second;
    try {
      try {
        fail_in_a_function();
      } catch (const std::exception& error) {
        first = capture_exception(error);
        throw;
      }
    } catch (...) {
      second = capture_exception();
    }
    CHECK(first == second);
    CHECK_FALSE(first.is_nil());
    CHECK(client.captured().errors().size() == 1);
    CHECK(client.stats().errors().captured == 2);
    CHECK(client.stats().errors().dropped.at("event_processor") == 1);

    const ScopedClient without({.dedupe = false});
    try {
      fail_in_a_function();
    } catch (const std::exception& error) {
      capture_exception(error);
      capture_exception(error);
    }
    CHECK(without.captured().errors().size() == 2);
  }

  TEST_CASE("the same text thrown twice is two events") {  // S4.6
    const ScopedClient client;
    for (int i = 0; i < 2; ++i) {
      try {
        fail_in_a_function();
      } catch (...) {
        capture_exception();
      }
    }
    CHECK(client.captured().errors().size() == 2);
  }

  TEST_CASE("hostile texts give a readable event") {  // C072
    const ScopedClient client;
    const std::string nul("a\0b", 3);
    capture_message(nul + "\x01\xFF\xC3 \xF0\x9F\x98\x80");
    CHECK(only(client).message() == nul + "\x01\xEF\xBF\xBD\xEF\xBF\xBD \xF0\x9F\x98\x80");
  }

  TEST_CASE("a message of ten megabytes is cut, and the queue's bound is not felt") {
    const ScopedClient client;
    capture_message(std::string(10'000'000, 'x'));
    CHECK(only(client).message().size() == 8192);
    CHECK(only(client).message().ends_with("..."));
  }

  TEST_CASE("last_event_id is that of the last error or message") {  // P7.2
    const ScopedClient client;
    CHECK(last_event_id().is_nil());
    const EventId id = capture_message("x");
    CHECK(last_event_id() == id);
  }

  TEST_CASE("an event that is far too large still arrives with type, value and stack") {  // P7.11
    const ScopedClient client;
    set_user({.id = "7", .data = {{"huge", Value(std::string(2'000'000, 'u'))}}});
    for (int i = 0; i < 200; ++i) {
      set_context("block " + std::to_string(i), {{"text", std::string(8000, 'c')}});
    }
    try {
      fail_in_a_function();
    } catch (...) {
      capture_exception();
    }
    const CapturedEvent event = only(client);
    CHECK(event.type() == "Timeout");
    CHECK_FALSE(event.json().at("exception.values.0.stacktrace.frames").is_null());
    CHECK(event.json().at("user.id") == Value("7"));
    CHECK(event.envelope().find("event")->payload.size() <= 1U << 20U);
  }

  TEST_CASE("attachments travel in the envelope of their event") {  // C041, P5.8
    const ScopedClient client({.max_attachment_bytes = 10});
    add_attachment({.filename = "dir/a.txt", .bytes = "hello", .content_type = "text/plain"});
    add_attachment({.filename = "big", .bytes = std::string(11, 'x')});
    add_attachment({.path = "/no/such/file"});
    capture_message("x");
    const auto attachments = only(client).attachments();
    REQUIRE(attachments.size() == 1);
    CHECK(attachments[0].payload == "hello");
    CHECK(attachments[0].headers.find("filename")->text_or("") == "a.txt");
    CHECK(attachments[0].headers.find("content_type")->text_or("") == "text/plain");
    const CategoryStats bytes = client.stats().of("attachment");  // C133
    CHECK(bytes.sent == 5);
    CHECK(bytes.dropped.at("internal_sdk_error") == 12);
    CHECK(bytes.captured == bytes.sent + bytes.dropped_total() + bytes.pending);
  }

  TEST_CASE("personal data leaves only when the host allows it") {  // S14.1, C068
    const User user{.id = "7", .ip_address = "10.1.2.3"};
    const ScopedClient shy;
    set_user(user);
    capture_message("x");
    CHECK(only(shy).json().at("user.id") == Value("7"));
    CHECK(only(shy).json().at("user.ip_address").is_null());
    CHECK(only(shy).json().at("sdk.settings.infer_ip") == Value("never"));

    const ScopedClient open({.send_default_pii = true});
    set_user(user);
    capture_message("x");
    CHECK(only(open).json().at("user.ip_address") == Value("10.1.2.3"));
    CHECK_FALSE(only(open).json().at("server_name").is_null());
  }
}

}  // namespace
}  // namespace picket
