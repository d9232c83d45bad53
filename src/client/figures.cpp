#include "client/figures.hpp"

#include "client/core.hpp"
#include "figures/recorder.hpp"
#include "figures/span_name.hpp"

namespace picket::client {

using figures::Dimension;
using figures::Recorder;
using std::chrono::nanoseconds;

void record_command(Core& core, std::string_view name, figures::Outcome outcome,
                    std::optional<nanoseconds> duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  recorder->command(recorder->name_of(Dimension::command, name), outcome, duration);
}

void record_database(Core& core, std::string_view operation, std::string_view table,
                     nanoseconds duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  const figures::JoinedName name(operation, table);
  recorder->database(recorder->name_of(Dimension::database, name.view()), duration);
}

void record_database_error(Core& core) noexcept {
  if (Recorder* const recorder = core.figures().get()) recorder->database_error();
}

void record_api(Core& core, std::string_view endpoint, std::optional<int> status,
                nanoseconds duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  recorder->api(recorder->name_of(Dimension::api, figures::api_name(endpoint)),
                figures::status_class(status), duration);
}

void record_suppressed(Core& core) noexcept {
  if (Recorder* const recorder = core.figures().get()) recorder->suppressed();
}

}  // namespace picket::client
