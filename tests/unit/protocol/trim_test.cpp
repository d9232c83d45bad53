#include "protocol/trim.hpp"

#include "base/diagnostics.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace picket::protocol {
namespace {

const std::string kEuro = "\xE2\x82\xAC";

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text.append(unit);
  return text;
}

Event trimmed(Event event) {
  trim(event);
  return event;
}

Stacktrace stack_of(std::size_t frames) {
  Stacktrace stacktrace;
  for (std::size_t i = 0; i < frames; ++i) {
    stacktrace.frames.push_back({.instruction_addr = i + 1});
  }
  return stacktrace;
}

// Hears what the library says while it lives.
class Ear {
 public:
  Ear() {
    diag::configure(Level::warning,
                    [this](Level, std::string_view line) { lines_.emplace_back(line); });
  }
  ~Ear() { diag::configure(Level::fatal, {}); }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

TEST_SUITE("protocol/trim") {
  TEST_CASE("an event within its limits is not changed") {
    Event event;
    event.logger = std::string(64, 'l');
    event.transaction = repeat(kEuro, 200);
    event.release = "shop@1.4.0";
    event.environment = "staging";
    event.dist = "17.a_b-c";
    event.message = LogEntry{.formatted = repeat(kEuro, 8192)};
    event.tags = {{"region.zone:a-b_1", "eu west"}};
    event.contexts = {{"pool", {{"size", 4}}}};
    event.extra = {{"k", List{1, 2}}};
    event.exceptions = {{.type = std::string(256, 't'), .stacktrace = stack_of(250)}};
    event.user = User{.id = std::string(128, '1')};
    CHECK(trimmed(event) == event);
  }

  TEST_CASE("texts are cut by characters and end with dots") {  // P3
    Event event;
    event.transaction = repeat(kEuro, 201);
    event.server_name = std::string(300, 's');
    event.message = LogEntry{repeat(kEuro, 9000), std::string(9000, 'm'), {}};
    event.exceptions = {{.type = std::string(300, 't'),
                         .value = std::string(9000, 'v'),
                         .module = std::string(300, 'm'),
                         .mechanism = Mechanism{.description = std::string(9000, 'd'),
                                                .help_link = std::string(300, 'h')},
                         .stacktrace = Stacktrace{{{.function = std::string(300, 'f'),
                                                    .raw_function = std::string(300, 'r'),
                                                    .symbol = std::string(300, 's'),
                                                    .package = std::string(300, 'p'),
                                                    .filename = std::string(300, 'n'),
                                                    .abs_path = std::string(300, 'a')}}}}};
    event.breadcrumbs = {{.type = std::string(200, 't'),
                          .category = std::string(200, 'c'),
                          .message = std::string(9000, 'm')}};
    event.user = User{.id = std::string(200, 'i'),
                      .username = std::string(200, 'u'),
                      .email = std::string(200, 'e'),
                      .name = std::string(200, 'n')};
    trim(event);

    CHECK(event.transaction == repeat(kEuro, 197) + "...");
    CHECK(event.server_name == std::string(253, 's') + "...");
    CHECK(event.message->formatted == repeat(kEuro, 8189) + "...");
    CHECK(event.message->message == std::string(8189, 'm') + "...");
    const Exception& exception = event.exceptions[0];
    CHECK(exception.type == std::string(253, 't') + "...");
    CHECK(exception.value == std::string(8189, 'v') + "...");
    CHECK(exception.module == std::string(253, 'm') + "...");
    CHECK(exception.mechanism->description.size() == 8192);
    CHECK(exception.mechanism->help_link.size() == 256);
    const Frame& frame = exception.stacktrace->frames[0];
    CHECK(frame.function.size() == 256);
    CHECK(frame.raw_function.size() == 256);
    CHECK(frame.symbol.size() == 256);
    CHECK(frame.filename.size() == 256);
    CHECK(frame.abs_path.size() == 256);
    CHECK(frame.package.size() == 300);  // has no limit
    CHECK(event.breadcrumbs[0].type.size() == 128);
    CHECK(event.breadcrumbs[0].category.size() == 128);
    CHECK(event.breadcrumbs[0].message.size() == 8192);
    CHECK(event.user->id->size() == 128);
    CHECK(event.user->username->size() == 128);
    CHECK(event.user->email->size() == 75);
    CHECK(event.user->name->size() == 128);
  }

  TEST_CASE("a message of ten megabytes becomes short, whatever bytes it holds") {
    for (const char byte : {'x', '\0', '\x80', '\xC3', '\xFF'}) {
      CAPTURE(static_cast<int>(byte));
      Event event;
      event.message = LogEntry{.formatted = std::string(10'000'000, byte)};
      trim(event);
      CHECK(event.message->formatted == std::string(8189, byte) + "...");
      CHECK(event.message->formatted.capacity() < 100'000);
    }
  }

  TEST_CASE("a logger is one line of 64 characters") {  // P3.1
    Event event;
    event.logger = "a\r\nb" + std::string(80, 'c');
    trim(event);
    CHECK(event.logger == "ab" + std::string(59, 'c') + "...");
  }

  TEST_CASE("tag keys keep letters, digits and _ . : -") {  // P3.3 S5.7 C053
    const struct {
      const char* name;
      std::string in;
      std::string out;
    } rows[] = {
        {"allowed", "aZ09_.:-", "aZ09_.:-"},
        {"blanks inside", "my key", "my_key"},
        {"blanks around", "  key\t", "key"},
        {"one mark for each character", "caf\xC3\xA9/" + kEuro, "caf___"},
        {"one mark for each invalid byte", "a\xFF\xC3", "a__"},
        {"NUL", std::string("a\0b", 3), "a_b"},
        {"long", std::string(300, 'k'), std::string(200, 'k')},
        {"empty", "", ""},
        {"blank", " \n", ""},
    };
    for (const auto& row : rows) {
      CAPTURE(row.name);
      CHECK(clean_tag_key(row.in) == row.out);
    }
  }

  TEST_CASE("tag values are one line of 200 characters") {  // P3.3 S5.7 C053
    const struct {
      const char* name;
      std::string in;
      std::string out;
    } rows[] = {
        {"plain", "eu west", "eu west"},
        {"line breaks", "a\nb\r\nc", "abc"},
        {"blanks around", " a b \n", "a b"},
        {"long", std::string(300, 'v'), std::string(200, 'v')},
        {"long, many bytes a character", repeat(kEuro, 300), repeat(kEuro, 200)},
        {"a blank at the cut", std::string(199, 'v') + " vvv", std::string(199, 'v')},
        {"invalid bytes", "a\xFF", "a\xFF"},
        {"NUL", std::string("a\0b", 3), std::string("a\0b", 3)},
        {"only line breaks", "\r\n\n", ""},
    };
    for (const auto& row : rows) {
      CAPTURE(row.name);
      CHECK(clean_tag_value(row.in) == row.out);
    }
  }

  TEST_CASE("tags that are empty once cleaned are dropped") {  // P3.3 C053
    Event event;
    event.tags = {{"my key", "a\nb"}, {"", "v"}, {"k", ""}, {"blank", " \n"}, {"good", "v"}};
    CHECK(trimmed(event).tags == Tags{{"my_key", "ab"}, {"good", "v"}});
  }

  TEST_CASE("which releases and environments are valid") {  // P3.2 C051 C052
    const struct {
      std::string text;
      bool release;
      bool environment;
    } rows[] = {
        {"shop@1.4.0+build", true, true},
        {"a b", true, true},
        {"latest", false, true},
        {"LATEST", false, true},
        {"none", true, false},
        {"None", true, false},
        {"a/b", false, false},
        {"a\nb", false, false},
        {"a\rb", false, false},
        {"a\tb", false, false},
        {"a\fb", false, false},
        {".", false, false},
        {"..", false, false},
        {"...", true, true},
        {"", false, false},
        {std::string(64, 'x'), true, true},
        {std::string(65, 'x'), true, false},
        {std::string(200, 'x'), true, false},
        {std::string(201, 'x'), false, false},
    };
    for (const auto& row : rows) {
      CAPTURE(row.text);
      CHECK(is_valid_release(row.text) == row.release);
      CHECK(is_valid_environment(row.text) == row.environment);
    }
  }

  TEST_CASE("invalid identities are left out with a warning, never cut") {  // P3.2 P7.11
    Event event;
    event.release = "feature/x";
    event.environment = std::string(65, 'e');
    event.dist = "a b";
    const Ear ear;

    trim(event);

    CHECK(event.release.empty());
    CHECK(event.environment.empty());
    CHECK(event.dist.empty());
    REQUIRE(ear.lines().size() == 3);
    CHECK(ear.lines()[0].find("feature/x") != std::string::npos);
  }

  TEST_CASE("blanks around a release and an environment are cut without a word") {  // P3.2
    Event event;
    event.release = " shop@1 ";
    event.environment = "staging\n";
    const Ear ear;
    trim(event);
    CHECK(event.release == "shop@1");
    CHECK(event.environment == "staging");
    CHECK(ear.lines().empty());
  }

  TEST_CASE("each context has eight kilobytes, deepest parts go first") {  // S5.6
    Event event;
    event.contexts["big"] = {{"top", "stays"}, {"deep", Object{{"log", std::string(9000, 'x')}}}};
    event.contexts["other"] = {{"half", std::string(5000, 'y')}};
    trim(event);
    std::string json;
    json::Writer(json).object(event.contexts["big"]);
    CHECK(json.size() <= kMaxContextBytes);
    CHECK(json.size() > kMaxContextBytes - 100);
    CHECK(event.contexts["big"].find("top")->text_or("") == "stays");
    CHECK(event.contexts["other"].find("half")->text_or("").size() == 5000);
  }

  TEST_CASE("extra and modules are limited") {  // P3.1
    Event event;
    for (int i = 0; i < 30; ++i) event.extra.set(std::to_string(i), std::string(20'000, 'e'));
    for (int i = 0; i < 1000; ++i) event.modules["m" + std::to_string(i)] = "1.0";
    trim(event);
    std::string json;
    json::Writer(json).object(event.extra);
    CHECK(json.size() <= 262'144);
    CHECK(event.extra.size() == 15);  // of 16 KiB each
    CHECK(event.modules.size() < 1000);
    CHECK(event.modules.size() > 400);
  }

  TEST_CASE("of deep stacks both ends are kept, mostly the newest calls") {  // P3.11 C062
    Event event;
    event.exceptions = {{.type = "E", .stacktrace = stack_of(1000)}};
    event.threads = {{.id = "1", .stacktrace = stack_of(251)}};
    trim(event);
    const auto& frames = event.exceptions[0].stacktrace->frames;
    REQUIRE(frames.size() == kMaxFrames);
    CHECK(frames.front().instruction_addr == 1);
    CHECK(frames[49].instruction_addr == 50);
    CHECK(frames[50].instruction_addr == 801);
    CHECK(frames.back().instruction_addr == 1000);
    CHECK(event.threads[0].stacktrace->frames.size() == kMaxFrames);
  }

  TEST_CASE("frames that say nothing are left out") {  // P3.12
    Event event;
    event.exceptions = {{.type = "E",
                         .stacktrace = Stacktrace{{{.package = "/bin/x"},
                                                   {.function = "main"},
                                                   {.filename = "a.cpp"},
                                                   {.instruction_addr = 7}}}}};
    CHECK(trimmed(event).exceptions[0].stacktrace->frames.size() == 3);
  }

  TEST_CASE("an event that is too large gives things up in order") {  // P7.11
    Event event;
    for (int i = 0; i < 5; ++i) {
      event.breadcrumbs.push_back({.message = std::to_string(i), .data = {{"k", i}}});
    }
    event.extra = {{"k", 1}};
    event.modules = {{"m", "1"}};
    event.exceptions = {{.type = "E", .stacktrace = stack_of(200)}};
    event.request = Request{.url = "http://h/", .data = "body"};

    REQUIRE(shrink(event));
    CHECK(event.breadcrumbs.size() == 5);
    CHECK(event.breadcrumbs[4].data.empty());
    CHECK_FALSE(event.extra.empty());
    REQUIRE(shrink(event));
    CHECK(event.extra.empty());
    REQUIRE(shrink(event));
    REQUIRE(event.breadcrumbs.size() == 2);
    CHECK(event.breadcrumbs[0].message == "3");
    REQUIRE(shrink(event));
    REQUIRE(shrink(event));
    CHECK(event.breadcrumbs.empty());
    CHECK_FALSE(event.modules.empty());
    REQUIRE(shrink(event));
    CHECK(event.modules.empty());
    REQUIRE(shrink(event));
    CHECK(event.exceptions[0].stacktrace->frames.size() == 50);
    REQUIRE(shrink(event));
    CHECK(event.request->data.is_null());
    CHECK(event.request->url == "http://h/");

    event.exceptions[0].mechanism = Mechanism{.data = {{"k", 1}}};
    event.user = User{.id = "7", .data = {{"k", 1}}};
    event.contexts["c"] = Object{{"k", 1}};
    event.tags["k"] = "v";
    event.fingerprint = {"f"};
    while (shrink(event)) {
    }
    CHECK(event.exceptions[0].mechanism->data.empty());
    CHECK(event.user == User{.id = "7"});
    CHECK_FALSE(event.request);
    CHECK(event.contexts.empty());
    CHECK(event.tags.empty());
    CHECK(event.fingerprint.empty());
    CHECK(event.exceptions[0].type == "E");
    CHECK(event.exceptions[0].stacktrace->frames.size() == 50);
  }

  TEST_CASE("of an event that is too large, threads that did not fail lose their stacks first") {
    Event event;  // P1.11, P3.10
    event.exceptions = {{.type = "Stalled", .stacktrace = stack_of(60)}};
    event.request = Request{.url = "http://h/", .data = "body"};
    event.tags["k"] = "v";
    for (int i = 0; i < 4; ++i) {
      Thread thread{.id = std::to_string(i), .stacktrace = stack_of(60)};
      thread.stacktrace->snapshot = true;
      event.threads.push_back(std::move(thread));
    }
    REQUIRE(shrink(event));
    CHECK(event.threads[0].stacktrace->frames.size() == 20);
    CHECK(event.exceptions[0].stacktrace->frames.size() == 60);
    REQUIRE(shrink(event));
    CHECK(event.exceptions[0].stacktrace->frames.size() == 50);
    REQUIRE(shrink(event));
    CHECK(event.threads[1].stacktrace);
    CHECK(!event.threads[2].stacktrace);
    REQUIRE(shrink(event));
    REQUIRE(shrink(event));
    CHECK(!event.threads[0].stacktrace);
    CHECK(event.threads.size() == 4);
    CHECK_FALSE(event.request->data.is_null());
    REQUIRE(shrink(event));
    CHECK(event.request->data.is_null());
    CHECK(event.tags.size() == 1);
  }
}

}  // namespace
}  // namespace picket::protocol
