// A service that is too busy to send everything. Its random numbers are even, so what is kept is
// known to the last transaction; what is not is told by the client reports.

#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace demo {

namespace {

/// Units of work that are all alike.
struct Group {
  const char* name;
  std::size_t count;
  std::size_t kept;  // by the rules: `error` all, commands a tenth, tasks a hundredth, else a tenth
  std::size_t spans;  // of each, with its root
};

constexpr Group kGroups[] = {{"ping", 1000, 100, 1},
                             {"tiny", 1000, 10, 2},
                             {"error", 50, 50, 2},
                             {"drain", 200, 20, 2},
                             {"fail", 10, 1, 1}};

std::vector<std::string> lines() {
  std::vector<std::string> lines(1000, "@1 large !ping");
  lines.insert(lines.end(),
               {"%probe task tiny 1000", "%probe command error 50", "%probe queue drain 200"});
  lines.insert(lines.end(), 10, "@8 large !fail Timeout");
  return lines;
}

std::size_t count_of(const Arrivals& arrivals, std::string_view name) {
  std::size_t count = 0;
  for (const picket::Value& transaction : arrivals.transactions) {
    count += text_at(transaction, "transaction") == name ? 1 : 0;
  }
  return count;
}

}  // namespace

void sampling_rules(Stage& stage) {
  const Run run = stage.run(
      lines(), {"--sampler", "command_service", "--even-random", "--queue-capacity", "2000"});
  Checks& checks = stage.checks();
  Expected expected(checks, run.arrivals);
  std::uint64_t lost = 0;
  std::uint64_t lost_spans = 0;
  std::size_t kept = 0;
  for (const Group& group : kGroups) {
    checks.equal(fmt::format("kept of {} × {}", group.count, group.name), group.kept,
                 count_of(run.arrivals, group.name));
    kept += group.kept;
    lost += group.count - group.kept;
    lost_spans += (group.count - group.kept) * group.spans;
  }
  checks.equal("kept of all", kept, run.arrivals.transactions.size());
  expected.take_transactions();
  expected.dropped("transaction sample_rate", lost);
  expected.dropped("span sample_rate", lost_spans);
  for (int i = 0; i < 10; ++i) {
    expected.event("errors are not sampled", {{"exception/values/-1/type", "Timeout"}});
  }
  expected.absorbed(10);
  expected.nothing_else();
}

}  // namespace demo
