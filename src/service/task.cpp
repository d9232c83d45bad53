#include "picket/task.hpp"

#include "base/contain.hpp"
#include "picket/captures.hpp"
#include "picket/json.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "service/span_outcome.hpp"

#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace picket::detail {

TaskWork::TaskWork(std::string_view name, const TaskOptions& options) noexcept
    : name_(name), result_(options.result) {
  if (!sdk::is_active()) return;
  base::contain([&] {
    outer_ = scope::isolation_scope();
    scope_ = isolate();
    Scope(scope::isolation_scope()).remove_user();  // S7.8
    if (const auto temporary = scope::current_scope()) Scope(temporary).remove_user();
    add_breadcrumb(fmt::format("{} started", name), {.category = "task"});
    transaction_ = picket::start_transaction(
        {.op = options.op, .name = name, .source = TransactionSource::task, .data = options.data});
  });
}

TaskWork::~TaskWork() { succeed(); }

void TaskWork::succeed(ValueRef result) noexcept {
  if (std::exchange(has_ended_, true) || outer_ == nullptr) return;
  base::contain([&] {
    if (std::holds_alternative<std::nullptr_t>(result.storage()) || result_.empty()) {
      add_breadcrumb(fmt::format("{} finished", name_), {.category = "task"});
    } else {
      transaction_.set_data(result_, result);
      const std::string text =
          fmt::format("{} finished, {}: {}", name_, result_, to_json(result.to_value()));
      add_breadcrumb(text, {.category = "task", .data = {{result_, result}}});
    }
  });
  transaction_.finish();
}

void TaskWork::fail(SourceLocation location) noexcept {
  if (std::exchange(has_ended_, true)) return;
  base::contain([&] {
    const std::exception_ptr error = std::current_exception();
    service::mark_failed(transaction_, error);
    const EventId id =
        capture_exception_safe(error, {.extra_context = {{"task", name_}}}, location);
    transaction_.finish();
    // Outside of the task the same error must not become a second event.
    const sdk::BorrowedCore core;
    if (core && outer_ != nullptr && !id.is_nil() && core->config().options.dedupe) {
      outer_->remember(id, error);
    }
  });
}

std::string ServiceStep::name() const {
  return service_ != nullptr ? type_name(*service_) : std::string(name_);
}

ServiceStep::~ServiceStep() {
  if (has_ended_ || !sdk::is_active()) return;
  base::contain([&] {
    const std::string name = this->name();
    add_breadcrumb(fmt::format("{}: {} done", name, step_),
                   {.category = "service", .data = {{"service", name}, {"step", step_}}});
  });
}

void ServiceStep::fail(SourceLocation location) noexcept {
  has_ended_ = true;
  base::contain([&] {
    const std::string name = this->name();
    capture_exception_safe(std::current_exception(),
                           {.extra_context = {{"service", name}, {"initialization_step", step_}}},
                           location);
  });
}

}  // namespace picket::detail
