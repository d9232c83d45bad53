#include "driver/checks.hpp"

#include "driver/table.hpp"

#include <algorithm>
#include <iterator>

namespace demo {

namespace {

std::string table_of(const std::vector<Check>& checks) {
  Table table({{"step", 5}, {"what", 24}, {"expected", 36}, {"seen", 36}, {"verdict", 8}});
  std::string_view last;
  for (const Check& check : checks) {
    const bool same = check.ok && check.expected == check.seen;
    table.add({check.step == last ? "" : check.step, check.what, check.expected,
               same ? "the same" : check.seen, check.ok ? "ok" : "WRONG"});
    last = check.step;
  }
  return table.to_text();
}

}  // namespace

std::size_t Checks::failures() const noexcept {
  return static_cast<std::size_t>(std::ranges::count(all_, false, &Check::ok));
}

std::string Checks::to_text() const { return table_of(all_); }

std::string Checks::failures_to_text() const {
  std::vector<Check> failed;
  std::ranges::copy_if(all_, std::back_inserter(failed), [](const Check& one) { return !one.ok; });
  return table_of(failed);
}

}  // namespace demo
