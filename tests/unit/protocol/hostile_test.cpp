// What hosts hand us by accident: bytes that are no text, numbers that are no numbers. P0.3
#include "picket/json.hpp"
#include "protocol/trim.hpp"
#include "protocol/write.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace picket::protocol {
namespace {

// The text in every place that takes one.
Event event_of(const std::string& text) {
  const Object object{{text, text}, {"list", List{text, Object{{"deep", text}}}}};
  const Stacktrace stacktrace{{Frame{.instruction_addr = 1,
                                     .function = text,
                                     .raw_function = text + "()",
                                     .symbol = text,
                                     .module = text,
                                     .package = text,
                                     .filename = text,
                                     .abs_path = text}}};
  Event event;
  event.logger = event.transaction = event.server_name = text;
  event.release = event.dist = event.environment = text;
  event.message = LogEntry{text, text, {text, object}};
  event.exceptions = {{.type = text,
                       .value = text,
                       .module = text,
                       .mechanism = Mechanism{.type = text,
                                              .description = text,
                                              .help_link = text,
                                              .source = text,
                                              .data = object,
                                              .meta = object},
                       .stacktrace = stacktrace}};
  event.threads = {{.id = text, .name = text, .stacktrace = stacktrace}};
  event.breadcrumbs = {{.type = text, .category = text, .message = text, .data = object}};
  event.user = User{text, text, text, text, text, object};
  event.request = Request{text, text, text, text, text, object, object};
  event.tags = {{text, text}, {"plain", text}};
  event.contexts = {{text, object}};
  event.extra = object;
  event.fingerprint = {text};
  event.modules = {{text, text}};
  event.debug_images = {{.image_addr = 1, .debug_id = text, .code_file = text, .arch = text}};
  return event;
}

Result<Value> trimmed_and_read_back(Event event) {
  trim(event);
  std::string json;
  json::Writer writer(json);
  write(writer, event, {.send_default_pii = true});
  return parse_json(json);
}

const struct {
  const char* name;
  std::string in;
  std::string out;
} kTexts[] = {
    {"emoji", "ok \xF0\x9F\x98\x80", "ok \xF0\x9F\x98\x80"},
    {"NUL", std::string("a\0b", 3), std::string("a\0b", 3)},
    {"control characters", "\x01\x02\x1B[31m\x7F", "\x01\x02\x1B[31m\x7F"},
    {"quotes and backslashes", R"("\"\\/)", R"("\"\\/)"},
    {"line breaks", "a\r\nb", "a\r\nb"},
    {"a lone continuation byte", "a\x80z", "a\xEF\xBF\xBDz"},
    {"a cut sequence", "a\xE2\x82", "a\xEF\xBF\xBD"},
    {"Latin-1", "caf\xE9!", "caf\xEF\xBF\xBD!"},
    {"line separators", "\xE2\x80\xA8\xE2\x80\xA9", "\xE2\x80\xA8\xE2\x80\xA9"},
};

TEST_SUITE("protocol/hostile") {
  TEST_CASE("any bytes anywhere make valid JSON and keep what is text") {  // P0.3 C072
    for (const auto& row : kTexts) {
      CAPTURE(row.name);
      const Result<Value> read = trimmed_and_read_back(event_of(row.in));
      REQUIRE(read.has_value());
      CHECK(read->at("logentry.formatted").text_or("") == row.out);
      CHECK(read->at("exception.values.0.value").text_or("") == row.out);
      CHECK(read->at("user.email").text_or("") == row.out);
      CHECK(read->at("breadcrumbs.values.0.data.list.0").text_or("") == row.out);
      CHECK(read->at("request.data").text_or("") == row.out);
    }
  }

  TEST_CASE("a text of a million bytes is cut to its limit wherever there is one") {  // C072
    for (const std::string unit : {"x", "\xF0\x9F\x98\x80", "\xFF", "\x01"}) {
      CAPTURE(unit);
      std::string text;
      while (text.size() < (1U << 20U)) text += unit;
      Event event;
      event.logger = event.transaction = event.release = text;
      event.message = LogEntry{text, text, {text}};
      event.exceptions = {{.type = text, .value = text}};
      event.breadcrumbs = {{.category = text, .message = text, .data = {{"deep", List{text}}}}};
      event.user = User{.id = text};
      event.tags = {{text, text}};
      event.contexts = {{"c", {{"text", text}}}};
      event.extra = {{"text", text}};

      trim(event);
      std::string json;
      json::Writer writer(json);
      write(writer, event);

      CHECK(parse_json(json).has_value());
      CHECK(json.size() < 400'000);
      CHECK(event.exceptions[0].value.ends_with("..."));
      CHECK(event.release.empty());
    }
  }

  TEST_CASE("numbers that JSON does not have become null, others read back the same") {  // C073
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Event event;
    event.extra = {{"nan", std::nan("")},
                   {"inf", kInfinity},
                   {"minus_inf", -kInfinity},
                   {"tenth", 0.1},
                   {"tiny", std::numeric_limits<double>::denorm_min()},
                   {"huge", std::numeric_limits<double>::max()},
                   {"min", std::numeric_limits<std::int64_t>::min()},
                   {"max", std::numeric_limits<std::int64_t>::max()},
                   {"safe", std::uint64_t{9'007'199'254'740'991}},
                   {"unsafe", std::numeric_limits<std::uint64_t>::max()}};
    const Result<Value> read = trimmed_and_read_back(event);
    REQUIRE(read.has_value());
    CHECK(read->at("extra") == Value(Object{{"nan", nullptr},
                                            {"inf", nullptr},
                                            {"minus_inf", nullptr},
                                            {"tenth", 0.1},
                                            {"tiny", std::numeric_limits<double>::denorm_min()},
                                            {"huge", std::numeric_limits<double>::max()},
                                            {"min", std::numeric_limits<std::int64_t>::min()},
                                            {"max", std::numeric_limits<std::int64_t>::max()},
                                            {"safe", 9'007'199'254'740'991},
                                            {"unsafe", "18446744073709551615"}}));
  }
}

}  // namespace
}  // namespace picket::protocol
