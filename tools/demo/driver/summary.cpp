#include "driver/summary.hpp"

#include "driver/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

void add(Arrivals& sum, const Arrivals& part) {
  sum.events.insert(sum.events.end(), part.events.begin(), part.events.end());
  sum.transactions.insert(sum.transactions.end(), part.transactions.begin(),
                          part.transactions.end());
  for (const auto& [kind, count] : part.discarded) sum.discarded[kind] += count;
}

std::string seen_of(std::string_view step, const Checks& checks, const std::vector<Kept>& kept) {
  std::vector<std::string> notes;
  for (const Note& note : checks.notes()) {
    if (note.step == step) notes.push_back(note.text);
  }
  if (!notes.empty()) return fmt::format("{}", fmt::join(notes, "; "));
  Arrivals sum;
  for (const Kept& one : kept) {
    if (one.step == step) add(sum, one.arrivals);
  }
  return summary_of(sum);
}

}  // namespace

std::string verdict_of(std::string_view step, const Checks& checks) {
  std::size_t all = 0;
  std::size_t wrong = 0;
  for (const Check& check : checks.all()) {
    if (check.step != step) continue;
    ++all;
    wrong += check.ok ? 0 : 1;
  }
  // A step that checked nothing has shown nothing.
  if (all == 0) return "WRONG, no check";
  if (wrong > 0) return fmt::format("WRONG, {} of {}", wrong, all);
  return fmt::format("ok, {} check{}", all, all == 1 ? "" : "s");
}

std::string summary_table(const std::vector<Step>& played, const Checks& checks,
                          const std::vector<Kept>& kept) {
  Table table({{"step", 5}, {"expected", 42}, {"seen", 46}, {"verdict", 16}});
  for (const Step& step : played) {
    table.add({std::string(step.id), std::string(step.expected), seen_of(step.id, checks, kept),
               verdict_of(step.id, checks)});
  }
  return table.to_text();
}

}  // namespace demo
