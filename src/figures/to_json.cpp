// Figures and statistics as JSON. Members have the names of the structs.

#include "json/writer.hpp"
#include "picket/stats.hpp"

#include <string>
#include <string_view>

namespace picket {
namespace {

class StatsWriter {
 public:
  explicit StatsWriter(std::string& out) : json_(out) {}

  void value(const Stats& stats) {
    object([&] {
      member("categories", stats.categories);
      member("delivery", stats.delivery);
      member("figures", stats.figures);
    });
  }

 private:
  template <class Members>
  void object(Members&& members) {
    json_.begin_object();
    members();
    json_.end_object();
  }

  template <class T>
  void member(std::string_view name, const T& what) {
    json_.key(name);
    value(what);
  }

  template <class T>
  void value(const std::map<std::string, T>& by_name) {
    object([&] {
      for (const auto& [name, each] : by_name) member(name, each);
    });
  }

  void value(bool flag) { json_.boolean(flag); }
  void value(std::uint64_t number) { json_.number(number); }
  void value(unsigned number) { json_.number(number); }
  void value(double number) { json_.number(number); }
  void value(std::chrono::milliseconds time) { json_.number(time.count()); }

  void value(const CategoryStats& category) {
    object([&] {
      member("captured", category.captured);
      member("recovered", category.recovered);
      member("sent", category.sent);
      member("spooled", category.spooled);
      member("pending", category.pending);
      member("dropped", category.dropped);
    });
  }

  void value(const DeliveryStats& delivery) {
    object([&] {
      member("is_reachable", delivery.is_reachable);
      member("attempts", delivery.attempts);
      member("failures", delivery.failures);
      member("repeated", delivery.repeated);
      member("queue_items", delivery.queue_items);
      member("queue_bytes", delivery.queue_bytes);
      member("spool_items", delivery.spool_items);
      member("spool_bytes", delivery.spool_bytes);
      member("spool_damaged", delivery.spool_damaged);
      member("untold", delivery.untold);
      member("backpressure", delivery.backpressure);
      member("rate_limits", delivery.rate_limits);
    });
  }

  void value(const Rate& rate) {
    object([&] {
      member("last_minute", rate.last_minute);
      member("last_hour", rate.last_hour);
      member("total", rate.total);
    });
  }

  void value(const Timing& timing) {
    object([&] {
      member("count", timing.count);
      member("mean", timing.mean);
      member("max", timing.max);
      member("p50", timing.p50);
      member("p95", timing.p95);
    });
  }

  void value(const CommandFigures& command) {
    object([&] {
      member("timing", command.timing);
      member("ok", command.ok);
      member("failed", command.failed);
      member("user_errors", command.user_errors);
      member("failed_share_last_minute", command.failed_share_last_minute);
      member("failed_share", command.failed_share);
      member("longest_last_minute", command.longest_last_minute);
    });
  }

  void value(const ApiFigures& api) {
    object([&] {
      member("timing", api.timing);
      member("by_status", api.by_status);
    });
  }

  void value(const Figures& figures) {
    object([&] {
      member("errors", figures.errors);
      member("errors_by_kind", figures.errors_by_kind);
      member("errors_by_type", figures.errors_by_type);
      member("all_commands", figures.all_commands);
      member("commands", figures.commands);
      member("database", figures.database);
      member("database_errors", figures.database_errors);
      member("api", figures.api);
      member("affected_users", figures.affected_users);
      member("suppressed", figures.suppressed);
    });
  }

  json::Writer json_;
};

}  // namespace

std::string to_json(const Stats& stats) {
  std::string out;
  StatsWriter(out).value(stats);
  return out;
}

}  // namespace picket
