#include "client/transaction.hpp"

#include "base/contain.hpp"
#include "scope/thread_slot.hpp"

#include <utility>

namespace picket::client {
namespace {

struct Spare {
  std::shared_ptr<RunningTransaction> transaction{};
};

std::shared_ptr<RunningTransaction> make(const Core& core) {
  return std::make_shared<RunningTransaction>(core.config().trace);
}

/// The thread's spare transaction when nobody else holds it, else a new one that becomes the spare.
/// What others did with it before they let go happened under its lock, which `begin` takes.
std::shared_ptr<RunningTransaction> reuse(const Core& core) {
  Spare* const spare = scope::ThreadSlot<Spare>::get();
  if (spare == nullptr) return make(core);
  const auto& kept = spare->transaction;
  const bool is_free = kept && kept.use_count() == 1 && !kept->is_forked();
  if (!is_free || !kept->has_policy_of(core)) {
    spare->transaction = make(core);
  }
  return spare->transaction;
}

}  // namespace

void RunningTransaction::belongs_to(const std::shared_ptr<Core>& core, CaptureScopes scopes,
                                    bool is_thinned_out) {
  is_thinned_out_ = is_thinned_out;
  core_ = core;
  scopes_ = std::move(scopes);
}

void RunningTransaction::on_end(const tracing::SpanCounts& counts) {
  const auto core = core_.lock();
  if (!core) return;
  if (is_recording()) {
    core->finish(shared_from_this(), counts, std::exchange(scopes_, {}));
  } else if (sampled().has_value()) {
    core->leave_out(counts, is_thinned_out_ ? protocol::DiscardReason::backpressure
                                            : protocol::DiscardReason::sample_rate);
  }
}

void RunningTransaction::on_ignored() noexcept {
  if (const auto core = core_.lock()) core->ignore_span();
}

tracing::ActiveSpan begin_transaction(const std::shared_ptr<Core>& core,
                                      const CaptureScopes& scopes, tracing::TreeStart start,
                                      const TransactionArgs& args) {
  const bool is_recording = start.is_recording;
  auto transaction = is_recording ? make(*core) : reuse(*core);
  transaction->belongs_to(core, is_recording ? scopes : CaptureScopes{}, start.is_thinned_out);
  const base::SpanId id = transaction->begin(std::move(start), args);
  return {.tree = std::move(transaction), .id = id, .index = tracing::kRoot};
}

}  // namespace picket::client
