#pragma once

// Ready-made values for `Options::traces_sampler`.

#include "picket/export.hpp"
#include "picket/options.hpp"

#include <string>
#include <vector>

namespace picket::samplers {

/// Keeps `rate` of the transactions whose name and op are these; empty ones match any.
struct Rule {
  std::string name{};
  std::string op{};
  double rate = 0;
};

/// The first rule that matches decides, else `fallback`. With `inherit_parent` a decision that came
/// with the trace, or was made for the transaction around, beats them all.
/// Spec: S8.8.
PICKET_EXPORT TracesSampler rules(std::vector<Rule> rules, double fallback,
                                  bool inherit_parent = true);

/// For services that run commands: `error` 1, op `command` 0.1, op `task` 0.01, others 0.1.
/// Spec: S8.8.
PICKET_EXPORT TracesSampler command_service();

/// For busy ones: commands and interactions 0.1, database and HTTP 0.05, tasks 0.02, others 0.01.
/// Spec: T16.
PICKET_EXPORT TracesSampler busy_service();

}  // namespace picket::samplers
