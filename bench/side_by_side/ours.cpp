// Our side of the table.

#include "picket/log.hpp"
#include "picket/metrics.hpp"
#include "picket/picket.hpp"
#include "side_by_side/side.hpp"
#include "workload.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace picket::bench {
namespace {

Guard init_with(const Setting& setting) {
  Options options = with_defaults({.dsn = setting.dsn});
  options.sample_rate = setting.sample_rate;
  options.traces_sample_rate = setting.traces_sample_rate;
  options.max_queue_items = static_cast<std::size_t>(setting.max_queue_items);
  options.compression = setting.compresses ? Compression::gzip : Compression::none;
  if (!setting.over_http) options.transport = discarding_transport();
  return init(std::move(options));
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
  switch (operation) {
    case Operation::message:
      return repeat(times, [] { capture_message(kText); });
    case Operation::exception:
      return repeat(times, capture_deep);
    case Operation::breadcrumb:
      return repeat(times, note);
    case Operation::tag:
      return repeat(times, [] { set_tag("feature", "ban"); });
    case Operation::span:
      return repeat(times, [] {
        start_span({.op = "function", .description = "fetch_user_cases"}).finish();
      });
    case Operation::transaction:
      return repeat(times, [] { run_transaction(10); });
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
