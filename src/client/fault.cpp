// How the report of a crash leaves: see `crash/messenger.hpp`.

#include "client/capture_job.hpp"
#include "client/core.hpp"

#include <utility>

namespace picket::client {

bool Core::deliver_fault(CaptureRecord record, int failed_thread, base::Deadline deadline) {
  const auto hand_over = [&](Engine& engine) {
    auto job = std::make_unique<CaptureJob>(*engine.pipeline);
    job->record() = std::move(record);
    job->seal();
    engine.ledger->captured(protocol::DataCategory::error);
    return engine.worker->deliver(std::move(job), deadline);
  };
  Engine* const present = present_engine();
  if (config_->sample_rate < 1.0 && draw() >= config_->sample_rate) {
    if (present != nullptr) refuse(*present, protocol::DiscardReason::sample_rate, "sample_rate");
    return true;
  }
  const bool works = present != nullptr && is_enabled() && present->worker->is_running() &&
                     present->worker->thread_id() != failed_thread;
  if (works) return hand_over(*present);
  // Left behind: what it has begun goes on until the process ends.
  auto fresh = std::make_unique<Engine>(config_);
  if (!fresh->worker || !fresh->error.empty()) return false;
  Engine& engine = *fresh;
  leave_behind(fresh.release());
  return hand_over(engine);
}

}  // namespace picket::client
