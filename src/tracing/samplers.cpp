#include "picket/samplers.hpp"

#include <utility>

namespace picket::samplers {
namespace {

bool matches(const Rule& rule, const SamplingContext& context) noexcept {
  return (rule.name.empty() || rule.name == context.name) &&
         (rule.op.empty() || rule.op == context.op);
}

/// An op and everything below it: `db` stands for `db.query` as well.
bool is_below(std::string_view op, std::string_view prefix) noexcept {
  if (!op.starts_with(prefix)) return false;
  return op.size() == prefix.size() || op[prefix.size()] == '.';
}

double busy_rate(std::string_view op) noexcept {
  struct Share {
    std::string_view prefix;
    double rate;
  };
  constexpr Share kShares[] = {{"command", 0.1},    {"interaction", 0.1}, {"database", 0.05},
                               {"db", 0.05},        {"http", 0.05},       {"task", 0.02},
                               {"background", 0.02}};
  for (const Share& share : kShares) {
    if (is_below(op, share.prefix)) return share.rate;
  }
  return 0.01;
}

}  // namespace

TracesSampler rules(std::vector<Rule> rules, double fallback, bool inherit_parent) {
  return [rules = std::move(rules), fallback, inherit_parent](const SamplingContext& context) {
    if (inherit_parent && context.parent_sampled) return *context.parent_sampled ? 1.0 : 0.0;
    for (const Rule& rule : rules) {
      if (matches(rule, context)) return rule.rate;
    }
    return fallback;
  };
}

TracesSampler command_service() {
  return rules({{.name = "error", .rate = 1.0},
                {.op = "command", .rate = 0.1},
                {.op = "task", .rate = 0.01}},
               0.1);
}

TracesSampler busy_service() {
  return [](const SamplingContext& context) {
    if (context.parent_sampled) return *context.parent_sampled ? 1.0 : 0.0;
    return busy_rate(context.op);
  };
}

}  // namespace picket::samplers
