#pragma once

// The end of the demo: one row for each step.

#include "driver/stage.hpp"
#include "driver/steps.hpp"

#include <string>
#include <vector>

namespace demo {

/// Step, what was expected in a few words, what was seen, and the verdict over so many checks. What
/// was seen is what the step told, or else what arrived.
std::string summary_table(const std::vector<Step>& played, const Checks& checks,
                          const std::vector<Kept>& kept);

/// `ok, 12 checks` or `WRONG, 2 of 12`.
std::string verdict_of(std::string_view step, const Checks& checks);

}  // namespace demo
