#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace picket::json {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_text(out, text);
  return out;
}

TEST_SUITE("json/text") {
  TEST_CASE("quotes, backslashes and control characters are escaped") {  // P0.3
    CHECK(written("") == "\"\"");
    CHECK(written("plain / text") == "\"plain / text\"");
    CHECK(written("a\"b\\c") == R"("a\"b\\c")");
    CHECK(written("\b\f\n\r\t") == R"("\b\f\n\r\t")");
    CHECK(written(std::string_view("a\0b\x1F\x7F", 5)) == "\"a\\u0000b\\u001f\x7F\"");
  }

  TEST_CASE("every byte is handled at every place of a word") {
    for (std::size_t place = 0; place < 20; ++place) {
      for (int byte = 0; byte < 0x80; ++byte) {
        std::string text(20, 'x');
        text[place] = static_cast<char>(byte);
        text[19] = '"';
        const Result<Value> back = parse_json(written(text));
        REQUIRE(back);
        REQUIRE(*back->as_text() == text);
      }
    }
  }

  TEST_CASE("valid UTF-8 goes out as it is") {
    const std::string text =
        "h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF end";
    CHECK(written(text) == '"' + text + '"');
    CHECK(written(text + "\"\n") == '"' + text + "\\\"\\n\"");
  }

  TEST_CASE("each maximal invalid part becomes one U+FFFD") {  // P0.3
    struct Row {
      std::string_view name, text, repaired;  // `?` stands for U+FFFD
    };
    const Row rows[] = {
        {"lone continuation", "a\x80z", "a?z"},
        {"two continuations", "\x80\xBF", "??"},
        {"overlong slash", "\xC0\xAF", "??"},
        {"cut two-byte", "a\xC3", "a?"},
        {"cut three-byte", "\xE2\x82", "?"},
        {"cut three-byte, then text", "\xE2\x82z", "?z"},
        {"cut four-byte", "\xF0\x9F\x98", "?"},
        {"overlong three-byte", "\xE0\x80\x80", "???"},
        {"surrogate", "\xED\xA0\x80", "???"},
        {"overlong four-byte", "\xF0\x80\x80\x80", "????"},
        {"above U+10FFFF", "\xF4\x90\x80\x80", "????"},
        {"five-byte lead", "\xF8\x88\x80\x80\x80", "?????"},
        {"FE and FF", "\xFE\xFF", "??"},
        {"lead, then a whole sequence", "\xE2\xC3\xA9", "?\xC3\xA9"},
        {"Unicode's own example",
         "a\xF1\x80\x80\xE1\x80\xC2"
         "b\x80"
         "c\x80\xBF"
         "d",
         "a???b?c??d"},
        {"valid around broken", "\xC3\xA9\xFF\xC3\xA9\"", "\xC3\xA9?\xC3\xA9\\\""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      std::string expected = "\"";
      for (const char c : row.repaired) {
        if (c == '?') {
          expected += "\xEF\xBF\xBD";
        } else {
          expected += c;
        }
      }
      expected += '"';
      CHECK(written(row.text) == expected);
    }
  }

  TEST_CASE("whatever two bytes come, the result is valid JSON") {
    for (int first = 0; first < 256; ++first) {
      for (int second = 0; second < 256; ++second) {
        const std::string text{'a', static_cast<char>(first), static_cast<char>(second), 'z'};
        const Result<Value> back = parse_json(written(text));
        REQUIRE(back);
        if (is_valid_utf8(text)) REQUIRE(*back->as_text() == text);
      }
    }
  }
}

}  // namespace
}  // namespace picket::json
