#pragma once

// The findings of the demo: what was expected, what was seen, and whether they agree.

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace demo {

struct Check {
  std::string step{};
  std::string what{};
  std::string expected{};
  std::string seen{};
  bool ok = false;
};

/// What a step has to say in the summary.
struct Note {
  std::string step{};
  std::string text{};
};

class Checks {
 public:
  /// Further checks belong to that step.
  void begin(std::string_view step) { step_ = step; }

  void holds(std::string what, std::string expected, std::string seen, bool ok) {
    all_.push_back({step_, std::move(what), std::move(expected), std::move(seen), ok});
  }

  template <class A, class B>
  void equal(std::string what, const A& expected, const B& seen) {
    holds(std::move(what), fmt::format("{}", expected), fmt::format("{}", seen), expected == seen);
  }

  /// A few words on what was seen, for the row of the step in the summary.
  void tell(std::string what) { notes_.push_back({step_, std::move(what)}); }

  [[nodiscard]] const std::vector<Check>& all() const noexcept { return all_; }
  [[nodiscard]] const std::vector<Note>& notes() const noexcept { return notes_; }
  [[nodiscard]] std::size_t failures() const noexcept;

  /// All of them as a table, the step named once.
  [[nodiscard]] std::string to_text() const;

  /// Those that failed, likewise.
  [[nodiscard]] std::string failures_to_text() const;

 private:
  std::string step_;
  std::vector<Check> all_;
  std::vector<Note> notes_;
};

}  // namespace demo
