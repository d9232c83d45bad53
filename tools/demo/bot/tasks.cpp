#include "bot/tasks.hpp"

#include "bot/report.hpp"
#include "picket/picket.hpp"

#include <exception>

#include <fmt/format.h>

namespace bot::tasks {

namespace {

/// Runs `work`, which takes its transaction and says what it did.
template <class Work>
std::string run(std::string_view name, Work&& work) {
  const auto unit_of_work = picket::isolate();
  return picket::traced({.op = "task", .name = name, .source = picket::TransactionSource::task},
                        [&](picket::Transaction& transaction) {
                          report::task_started(name);
                          try {
                            std::string result = work(transaction);
                            report::task_finished(name, result);
                            return result;
                          } catch (const std::exception& error) {
                            report::task_failed(error, name);
                            throw;
                          }
                        });
}

}  // namespace

std::string cleanup(Services& services) {
  return run("cleanup", [&](picket::Transaction& transaction) {
    const std::size_t count = services.cases().remove_expired();
    transaction.set_data("deleted_records", count);
    return fmt::format("deleted {} records", count);
  });
}

std::string probe(std::string_view op, std::string_view name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto unit_of_work = picket::isolate();
    const auto transaction = picket::start_transaction({.op = op, .name = name});
    const auto step = picket::start_span({.op = "function", .description = "step"});
  }
  return fmt::format("did {} {} times", name, count);
}

}  // namespace bot::tasks
