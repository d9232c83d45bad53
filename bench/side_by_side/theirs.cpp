// The official native SDK's side of the table, through its C interface. What it does by default it
// does here too, but for sessions, which we do not have.

#include "side_by_side/side.hpp"
#include "workload.hpp"

#include <sentry.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace picket::bench {
namespace {

std::size_t lost = 0;  // log lines and metrics that were turned away

void discard(sentry_envelope_t* envelope, void*) { sentry_envelope_free(envelope); }

sentry_value_t two_values() {
  const sentry_value_t data = sentry_value_new_object();
  sentry_value_set_by_key(data, "number", sentry_value_new_int32(12));
  sentry_value_set_by_key(data, "text", sentry_value_new_string("value"));
  return data;
}

void add_breadcrumb(const char* message, const char* category, sentry_value_t data) {
  const sentry_value_t crumb = sentry_value_new_breadcrumb("default", message);
  sentry_value_set_by_key(crumb, "category", sentry_value_new_string(category));
  sentry_value_set_by_key(crumb, "level", sentry_value_new_string("info"));
  sentry_value_set_by_key(crumb, "data", data);
  sentry_add_breadcrumb(crumb);
}

void fill_their_scope(int breadcrumbs) {
  sentry_set_tag("feature", "ban");
  sentry_set_tag("guild_size", "large");
  sentry_set_tag("command_type", "moderation");
  sentry_set_user(sentry_value_new_user("123456789012345678", "ann", nullptr, nullptr));
  const sentry_value_t database = sentry_value_new_object();
  sentry_value_set_by_key(database, "pool_size", sentry_value_new_int32(10));
  sentry_value_set_by_key(database, "active", sentry_value_new_int32(3));
  sentry_set_context("database", database);
  for (int i = 0; i < breadcrumbs; ++i) {
    const sentry_value_t data = sentry_value_new_object();
    sentry_value_set_by_key(data, "step", sentry_value_new_int32(i));
    add_breadcrumb("step of a command", "command", data);
  }
}

void capture_exception() {
  const sentry_value_t event = sentry_value_new_event();
  const sentry_value_t exception = sentry_value_new_exception("std::runtime_error", kText);
  sentry_value_set_stacktrace(exception, nullptr, 0);
  sentry_event_add_exception(event, exception);
  sentry_capture_event(event);
}

void run_their_transaction() {
  sentry_transaction_context_t* const context =
      sentry_transaction_context_new("ban_user", "command");
  sentry_transaction_t* const transaction =
      sentry_transaction_start(context, sentry_value_new_null());
  for (int i = 0; i < 10; ++i) {
    sentry_span_t* const span =
        sentry_transaction_start_child(transaction, "function", "fetch_user_cases");
    sentry_span_set_data(span, "case_count", sentry_value_new_int32(i));
    sentry_span_finish(span);
  }
  sentry_transaction_finish(transaction);
}

void write_log_line() {
  const sentry_value_t attributes = sentry_value_new_object();
  sentry_value_set_by_key(attributes, "number",
                          sentry_value_new_attribute(sentry_value_new_int32(12), nullptr));
  sentry_value_set_by_key(attributes, "text",
                          sentry_value_new_attribute(sentry_value_new_string("value"), nullptr));
  if (sentry_log(SENTRY_LEVEL_INFO, kText, attributes) != SENTRY_LOG_RETURN_SUCCESS) ++lost;
}

void count_one() {
  const auto result = sentry_metrics_count("orders", 1, sentry_value_new_null());
  if (result != SENTRY_METRICS_RESULT_SUCCESS) ++lost;
}

/// Folder for what the SDK keeps on disk, gone with its end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "picket-bench-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory");
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

class Theirs final : public Side {
 public:
  void start(const Setting& setting) override {
    setting_ = setting;
    init();
    if (setting.fill_scope) fill_their_scope(setting.breadcrumbs);
  }

  std::size_t stop() override {
    sentry_close();
    return std::exchange(lost, 0);
  }

  void settle() override { sentry_flush(60'000); }

  void run(Operation operation, int times) override;

 private:
  void init() {
    sentry_options_t* const options = sentry_options_new();
    sentry_options_set_dsn(options, setting_.dsn.c_str());
    sentry_options_set_release(options, "bench@1");
    sentry_options_set_environment(options, "bench");
    sentry_options_set_database_path(options, folder_.path());
    sentry_options_set_auto_session_tracking(options, 0);
    sentry_options_set_sample_rate(options, setting_.sample_rate);
    sentry_options_set_traces_sample_rate(options, setting_.traces_sample_rate);
    if (!setting_.over_http) sentry_options_set_transport(options, sentry_transport_new(&discard));
    if (sentry_init(options) != 0) throw std::runtime_error("sentry_init failed");
  }

  Folder folder_;
  Setting setting_;
};

void Theirs::run(Operation operation, int times) {
  auto capture = [] { capture_exception(); };
  switch (operation) {
    case Operation::message:
      return repeat(times, [] {
        sentry_capture_event(sentry_value_new_message_event(SENTRY_LEVEL_INFO, nullptr, kText));
      });
    case Operation::exception:
      return repeat(times, [&] { call_from_below(kDepth, capture); });
    case Operation::breadcrumb:
      return repeat(times, [] { add_breadcrumb(kText, "bench", two_values()); });
    case Operation::tag:
      return repeat(times, [] { sentry_set_tag("feature", "ban"); });
    case Operation::span:  // has no meaning here: spans come from transactions alone
      return;
    case Operation::transaction:
      return repeat(times, run_their_transaction);
    case Operation::log_line:
      return repeat(times, write_log_line);
    case Operation::metric:
      return repeat(times, count_one);
    case Operation::init_close:
      return repeat(times, [&] {
        init();
        sentry_close();
      });
  }
}

}  // namespace

std::unique_ptr<Side> theirs() { return std::make_unique<Theirs>(); }

}  // namespace picket::bench
