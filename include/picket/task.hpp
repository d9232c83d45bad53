#pragma once

// Work that no user waits for: background tasks, and the steps in which services come up.
//
//   picket::run_task("cleanup", [&] { return cases.remove_old(); }, {.result = "deleted_records"});
//
//   picket::init_service<Database>("connect", [&] { database.connect(url); });
//
// A task has an isolation scope of its own, without a user, and a transaction; a service has
// neither, lest its errors are taken for those of a transaction. Errors of both are captured and
// thrown on. While picket is off both run their function and nothing else.

#include "picket/command.hpp"
#include "picket/errors.hpp"
#include "picket/export.hpp"
#include "picket/language.hpp"
#include "picket/picket.hpp"
#include "picket/source_location.hpp"
#include "picket/tracing.hpp"

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace picket {

/// Lifetime: borrowed until the task has ended.
struct TaskOptions {
  /// What a whole number means that the task returns: the name of the datum on the transaction and
  /// in the last breadcrumb.
  std::string_view result = "result";

  std::string_view op = "task";  // of the transaction
  Attributes data{};             // of the transaction, from its start
};

namespace detail {

/// What is around one task. Its end is that of the task.
class PICKET_EXPORT TaskWork {
 public:
  TaskWork(std::string_view name, const TaskOptions& options) noexcept;
  ~TaskWork();
  TaskWork(const TaskWork&) = delete;
  TaskWork& operator=(const TaskWork&) = delete;

  [[nodiscard]] Transaction& transaction() noexcept { return transaction_; }
  void succeed(ValueRef result = nullptr) noexcept;
  void fail(SourceLocation location) noexcept;  // with the exception being handled

 private:
  std::string_view name_;
  std::string_view result_;
  std::shared_ptr<scope::ScopeState> outer_{};
  ScopeGuard scope_{};
  Transaction transaction_{};  // ends inside the scope
  bool has_ended_ = false;
};

class PICKET_EXPORT ServiceStep {
 public:
  ServiceStep(const std::type_info& service, std::string_view step) noexcept
      : service_(&service), step_(step) {}
  ServiceStep(std::string_view service, std::string_view step) noexcept  // without run-time types
      : name_(service), step_(step) {}
  ~ServiceStep();  // success
  ServiceStep(const ServiceStep&) = delete;
  ServiceStep& operator=(const ServiceStep&) = delete;

  void fail(SourceLocation location) noexcept;  // with the exception being handled

 private:
  [[nodiscard]] std::string name() const;

  const std::type_info* service_ = nullptr;
  std::string_view name_{};  // where there is no `service_`
  std::string_view step_;
  bool has_ended_ = false;
};

}  // namespace detail

/// Runs `work`, which may take the `Transaction&`, as a background task; its result is returned,
/// what it throws is captured and thrown on. Breadcrumbs tell its start and its end.
/// Spec: S7.7, S7.8.
template <class Work>
detail::ResultWith<Work, Transaction> run_task(
    std::string_view name, Work&& work, const TaskOptions& options = {},
    SourceLocation location = SourceLocation::current()) {
  using Result = detail::ResultWith<Work, Transaction>;
  detail::TaskWork around(name, options);
  PICKET_TRY {
    if constexpr (Integer<std::remove_reference_t<Result>>) {
      Result result = detail::invoke_with(std::forward<Work>(work), around.transaction());
      around.succeed(result);
      return static_cast<Result>(result);
    } else {
      return detail::invoke_with(std::forward<Work>(work), around.transaction());
    }
  }
  PICKET_CATCH_ALL {
    around.fail(location);
    PICKET_RETHROW;
  }
}

/// Runs one step of bringing up the service `Service`; its result is returned. Success leaves a
/// breadcrumb; what `work` throws is captured, with the name of the class and the step, and thrown
/// on. Spec: S7.5, S7.6.
template <class Service, class Work>
decltype(auto) init_service(std::string_view step, Work&& work,
                            SourceLocation location = SourceLocation::current()) {
#if PICKET_HAS_RTTI
  detail::ServiceStep around(typeid(Service), step);
#else
  detail::ServiceStep around(detail::spelled_name<Service>(), step);
#endif
  PICKET_TRY { return std::invoke(std::forward<Work>(work)); }
  PICKET_CATCH_ALL {
    around.fail(location);
    PICKET_RETHROW;
  }
}

}  // namespace picket
