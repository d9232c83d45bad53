#include "workload.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace picket::bench {
namespace {

class Discard final : public Transport {
 public:
  TransportResponse send(std::string_view) override { return {.status = 200}; }
};

}  // namespace

void fill_scope(std::int64_t breadcrumbs) {
  set_tag("feature", "ban");
  set_tag("guild_size", "large");
  set_tag("command_type", "moderation");
  set_user({.id = "123456789012345678", .username = "ann"});
  set_context("database", {{"pool_size", 10}, {"active", 3}});
  for (std::int64_t i = 0; i < breadcrumbs; ++i) {
    add_breadcrumb("step of a command", {.category = "command", .data = {{"step", i}}});
  }
}

void run_transaction(std::int64_t spans) {
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  for (std::int64_t i = 0; i < spans; ++i) {
    auto span = start_span({.op = "function", .description = "fetch_user_cases"});
    span.set_data("case_count", i);
  }
}

void capture_deep() {
  static const std::runtime_error error(kText);
  auto capture = [] { capture_exception(error); };
  call_from_below(kDepth, capture);
}

std::shared_ptr<Transport> discarding_transport() { return std::make_shared<Discard>(); }

Options with_defaults(Options options) {
  if (options.dsn.empty()) options.dsn = "http://key@127.0.0.1:9/1";
  options.release = "bench@1";
  options.environment = "bench";
  options.logger = [](Level, std::string_view) {};
  return options;
}

}  // namespace picket::bench
