#include "privacy/text_scrub.hpp"

#include "base/never_destroyed.hpp"
#include "privacy/text_scan.hpp"

namespace picket {
namespace privacy {

std::optional<std::string> masked(std::string_view text, const KeyMatcher& keys) {
  NoMeter meter;
  TextScan scan(text, keys, meter);
  std::string out;
  std::size_t copied = 0;
  bool is_changed = false;
  while (const auto hit = scan.next()) {
    if (text.substr(hit->begin, hit->end - hit->begin) == hit->mask) continue;
    if (!is_changed) out.reserve(text.size() + 2 * kFiltered.size());
    is_changed = true;
    out.append(text.substr(copied, hit->begin - copied)).append(hit->mask);
    copied = hit->end;
  }
  if (!is_changed) return std::nullopt;
  out.append(text.substr(copied));
  return out;
}

}  // namespace privacy

std::string scrub_text(std::string_view text) {
  static base::NeverDestroyed<privacy::KeyMatcher> keys;
  auto masked = privacy::masked(text, *keys);
  return masked ? *std::move(masked) : std::string(text);
}

}  // namespace picket
