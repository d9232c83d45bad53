#include "bot/tasks.hpp"

#include "picket/picket.hpp"
#include "picket/task.hpp"

namespace bot::tasks {

std::size_t cleanup(Services& services) {
  return picket::run_task("cleanup", [&] { return services.cases().remove_expired(); },
                          {.result = "deleted_records"});
}

void probe(std::string_view op, std::string_view name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto unit_of_work = picket::isolate();
    const auto transaction = picket::start_transaction({.op = op, .name = name});
    const auto step = picket::start_span({.op = "function", .description = "step"});
  }
}

}  // namespace bot::tasks
