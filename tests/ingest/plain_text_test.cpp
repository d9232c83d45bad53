#include "ingest/plain_text.hpp"

#include <doctest/doctest.h>

namespace picket::ingest::tests {
namespace {

TEST_SUITE("ingest/plain_text") {
  TEST_CASE("what could move the cursor or turn the text is escaped") {
    struct Row {
      std::string name;
      std::string text;
      std::string line;
    };
    for (const Row& row : {
             Row{"plain", "a b~", "a b~"},
             Row{"breaks", "a\nb\tc\r", "a\\nb\\tc\\x0d"},
             Row{"escape", "\x1b[2J", "\\x1b[2J"},
             Row{"delete", "\x7f", "\\x7f"},
             Row{"second set of controls", "\xC2\x85\xC2\x9B", "\\u0085\\u009b"},
             Row{"right to left", "\xE2\x80\xAE\xE2\x81\xA6", "\\u202e\\u2066"},
             Row{"line separator", "\xE2\x80\xA8", "\\u2028"},
             Row{"letters of many kinds", "é漢🤮", "é漢🤮"},
             Row{"lone bytes", "\xFF\x80", "\\xff\\x80"},
             Row{"escape, written longer", "\xC0\x9B", "\\xc0\\x9b"},
             Row{"half a character", "\xE6\xBC", "\\xe6\\xbc"},
             Row{"half a character and more", "\xE6\xBCz", "\\xe6\\xbcz"},
             Row{"zero", std::string(1, '\0'), "\\x00"},
         }) {
      CAPTURE(row.name);
      CHECK(one_line(row.text) == row.line);
    }
  }

  TEST_CASE("a line has at most that many bytes, and whole characters") {
    CHECK(one_line("éé", 4) == "éé");
    CHECK(one_line("ééé", 3) == "é…");
    CHECK(one_line("abc", 3) == "abc");
    CHECK(one_line("abcd", 3) == "abc…");
    CHECK(one_line("ab\x1b", 4) == "ab…");  // an escape stays whole too
  }

  TEST_CASE("columns are counted, not bytes") {
    CHECK(columns("") == 0);
    CHECK(columns("abc") == 3);
    CHECK(columns("é") == 1);
    CHECK(columns("e\xCC\x81") == 1);  // e and an accent
    CHECK(columns("漢字") == 4);
    CHECK(columns("🤮") == 2);
    CHECK(columns("├─ █◆…") == 6);
  }

  TEST_CASE("text is cut and filled to its columns") {
    CHECK(cut("abc", 3) == "abc");
    CHECK(cut("abcd", 3) == "ab…");
    CHECK(cut("漢字漢", 4) == "漢…");
    CHECK(cut("abc", 0) == "");
    CHECK(fit("ab", 4) == "ab  ");
    CHECK(fit("漢字漢", 4) == "漢… ");
    CHECK(fit("abcdef", 4) == "abc…");
  }
}

}  // namespace
}  // namespace picket::ingest::tests
