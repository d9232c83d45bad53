// Our side of the table.

#include "picket/log.hpp"
#include "picket/metrics.hpp"
#include "picket/picket.hpp"
#include "side_by_side/side.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace picket::bench {
namespace {

class Discard final : public Transport {
 public:
  TransportResponse send(std::string_view) override { return {.status = 200}; }
};

Guard init_with(const Setting& setting) {
  Options options;
  options.dsn = setting.dsn;
  options.release = "bench@1";
  options.environment = "bench";
  options.logger = [](Level, std::string_view) {};
  options.sample_rate = setting.sample_rate;
  options.traces_sample_rate = setting.traces_sample_rate;
  options.max_queue_items = static_cast<std::size_t>(setting.max_queue_items);
  options.compression = setting.compresses ? Compression::gzip : Compression::none;
  if (!setting.over_http) options.transport = std::make_shared<Discard>();
  return init(std::move(options));
}

void fill_scope(int breadcrumbs) {
  set_tag("feature", "ban");
  set_tag("guild_size", "large");
  set_tag("command_type", "moderation");
  set_user({.id = "123456789012345678", .username = "ann"});
  set_context("database", {{"pool_size", 10}, {"active", 3}});
  for (int i = 0; i < breadcrumbs; ++i) {
    add_breadcrumb("step of a command", {.category = "command", .data = {{"step", i}}});
  }
}

void run_transaction() {
  const auto transaction = start_transaction({.op = "command", .name = "ban_user"});
  for (int i = 0; i < 10; ++i) {
    auto span = start_span({.op = "database", .description = "fetch_user_cases"});
    span.set_data("case_count", i);
  }
}

class Ours final : public Side {
 public:
  void start(const Setting& setting) override {
    setting_ = setting;
    guard_.emplace(init_with(setting));
    unit_of_work_ = isolate();
    if (setting.fill_scope) fill_scope(setting.breadcrumbs);
  }

  std::size_t stop() override {
    unit_of_work_ = ScopeGuard();
    guard_.reset();
    std::size_t lost = 0;
    for (const auto& [category, counts] : stats().categories) {
      for (const auto& [reason, count] : counts.dropped) {
        if (reason != "sample_rate") lost += count;
      }
    }
    return lost;
  }

  void settle() override { flush(std::chrono::seconds(60)); }

  void run(Operation operation, int times) override;

 private:
  std::optional<Guard> guard_;
  ScopeGuard unit_of_work_;
  Setting setting_;
};

void Ours::run(Operation operation, int times) {
  static const std::runtime_error error(kText);
  auto capture = [] { capture_exception(error); };
  switch (operation) {
    case Operation::message:
      return repeat(times, [] { capture_message(kText); });
    case Operation::exception:
      return repeat(times, [&] { call_from_below(kDepth, capture); });
    case Operation::breadcrumb:
      return repeat(times, [] {
        add_breadcrumb(kText, {.category = "bench", .data = {{"number", 12}, {"text", "value"}}});
      });
    case Operation::tag:
      return repeat(times, [] { set_tag("feature", "ban"); });
    case Operation::span:
      return repeat(times, [] {
        start_span({.op = "database", .description = "fetch_user_cases"}).finish();
      });
    case Operation::transaction:
      return repeat(times, run_transaction);
    case Operation::log_line:
      return repeat(times, [] {
        log_record(Level::info, "app.db", kText, {{"number", 12}, {"text", "value"}});
      });
    case Operation::metric:
      return repeat(times, [] { metrics::count("orders"); });
    case Operation::init_close:
      return repeat(times, [&] { const Guard guard = init_with(setting_); });
  }
}

}  // namespace

std::unique_ptr<Side> ours() { return std::make_unique<Ours>(); }

}  // namespace picket::bench
