// A scrubbed text is scrubbed for good, grows by a bounded share, and costs a bounded number of
// looks at each character. A secret that is planted in it, in one of the ways in which texts carry
// them, is gone, whatever stands around it and whatever it is made of.
//
// An input is the number of a way, then the text before, the inside of the secret and the text
// after, with line ends between.

#include "fuzz.hpp"

#include "json/writer.hpp"
#include "picket/json.hpp"
#include "picket/privacy.hpp"
#include "privacy/scrubber.hpp"
#include "privacy/text_scan.hpp"

#include <algorithm>
#include <array>
#include <string>

using picket::fuzz::require;

namespace {

using picket::privacy::Hit;
using picket::privacy::KeyMatcher;
using picket::privacy::TextScan;

constexpr std::string_view kHead = "S3cr3t";
constexpr std::string_view kTail = "Pl4nted";

struct Count {
  std::size_t visited = 0;
  void visit(std::size_t characters) noexcept { visited += characters; }
};

/// How far the last hit reaches.
std::size_t end_of_hits(std::string_view text) {
  const KeyMatcher keys;
  Count count;
  TextScan scan(text, keys, count);
  std::size_t end = 0;
  while (const auto hit = scan.next()) {
    require(hit->begin < hit->end && hit->begin >= end && hit->end <= text.size(), "in order");
    end = hit->end;
  }
  require(count.visited <= 12 * text.size() + 64, "the work is linear");
  return end;
}

/// What text may hold in that place; the rest is left out.
std::string only(std::string_view text, std::string_view without, bool with_blanks) {
  std::string kept;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_allowed = with_blanks ? c != '\r' && c != '\n' : byte > 0x20 && byte != 0x7F;
    if (is_allowed && without.find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

std::string quoted(std::string_view text) {
  std::string json;
  picket::json::append_text(json, text);
  return json;
}

std::string planted(unsigned way, std::string_view inside) {
  const auto secret = [&](std::string_view without, bool with_blanks = false) {
    return std::string(kHead).append(only(inside, without, with_blanks)).append(kTail);
  };
  const std::string any = std::string(kHead).append(inside).append(kTail);
  switch (way % 9) {
    case 0:
      return "redis://bob:" + secret("\"<>`?#") + "@host:1/path";
    case 1:
      return "GET /?access_token=" + secret("\"<>`&;'") + "&page=1";
    case 2:
      return "sent Bearer " + secret("\"<>`&;'");
    case 3:
      return "Authorization: Basic " + secret("", true);
    case 4:
      return "{\"password\": " + quoted(any) + ", \"page\": 1}";
    case 5:
      return "password=" + quoted(any) + " page=1";
    case 6:
      return quoted("{\"Client-Secret\":" + quoted(any) + "}");
    case 7:
      return "client_secret: " + secret("\"<>`&;'");
    default:
      return "-H \"Authorization: Digest " + secret("\"\\", true) + "\" -X GET";
  }
}

void check_planted(std::string_view text) {
  const auto part = [&] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
  };
  const std::string before = std::string(part()) + '\n';
  const std::string_view inside = part();
  const std::string after = '\n' + std::string(text);
  const auto has_mark = [](std::string_view where) {
    return where.find(kHead) != std::string_view::npos ||
           where.find(kTail) != std::string_view::npos;
  };
  if (has_mark(before) || has_mark(after) || before.size() < 2) return;
  if (inside.find(picket::privacy::kFiltered) != std::string_view::npos) return;  // is none
  // A quote that was opened before ends where another one is met, maybe inside of the secret.
  if (end_of_hits(before) == before.size()) return;
  const auto way = static_cast<unsigned char>(before.front());
  const std::string whole = before + planted(way, inside) + after;
  require(!has_mark(picket::scrub_text(whole)), "the secret is gone");
}

void check_value(std::string_view text) {
  auto value = picket::parse_json(text);
  if (!value) return;
  const picket::privacy::Scrubber scrubber;
  const picket::Value before = *value;
  const bool is_changed = scrubber.scrub(*value);
  require(is_changed != (*value == before), "it says whether it changed anything");
  require(!scrubber.scrub(*value), "a scrubbed value stays as it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::as_text(data, size);
  end_of_hits(text);
  const std::string once = picket::scrub_text(text);
  require(once.size() <= 4 * text.size() + 32, "it does not grow beyond a bound");
  require(picket::scrub_text(once) == once, "a scrubbed text stays as it is");
  check_planted(text);
  check_value(text);
  return 0;
}
