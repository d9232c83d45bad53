#include "driver/checks.hpp"

#include "driver/table.hpp"

#include <algorithm>

namespace demo {

std::size_t Checks::failures() const noexcept {
  return static_cast<std::size_t>(std::ranges::count(all_, false, &Check::ok));
}

std::string Checks::to_text() const {
  Table table({{"step", 5}, {"what", 34}, {"expected", 52}, {"seen", 52}, {"verdict", 8}});
  std::string_view last;
  for (const Check& check : all_) {
    const bool same = check.ok && check.expected == check.seen;
    table.add({check.step == last ? "" : check.step, check.what, check.expected,
               same ? "the same" : check.seen, check.ok ? "ok" : "WRONG"});
    last = check.step;
  }
  return table.to_text();
}

}  // namespace demo
