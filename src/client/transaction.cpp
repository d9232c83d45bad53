#include "client/transaction.hpp"

#include "base/contain.hpp"
#include "figures/span_name.hpp"
#include "scope/thread_slot.hpp"

#include <utility>

namespace picket::client {
namespace {

constexpr std::uint32_t kDatabase = 1U << 16U;
constexpr std::uint32_t kApi = 2U << 16U;
constexpr std::uint32_t kHttp = 4U << 16U;

struct Spare {
  std::shared_ptr<RunningTransaction> transaction{};
};

std::shared_ptr<RunningTransaction> make(Core& core) {
  return std::make_shared<RunningTransaction>(core.shared_from_this());
}

/// The thread's spare transaction when nobody else holds it, else a new one that becomes the spare.
/// What others did with it before they let go happened under its lock, which `begin` takes.
std::shared_ptr<RunningTransaction> reuse(Core& core) {
  Spare* const spare = scope::ThreadSlot<Spare>::get();
  if (spare == nullptr) return make(core);
  const auto& kept = spare->transaction;
  const bool is_free = kept && kept.use_count() == 1 && !kept->is_forked();
  if (!is_free || !kept->belongs_to(core)) spare->transaction = make(core);
  return spare->transaction;
}

}  // namespace

// A figure is the number of a name and, above it, what is counted.
std::uint32_t RunningTransaction::figure_of(const SpanArgs& args) noexcept {
  using figures::Dimension;
  if (!figures_) return 0;
  switch (figures::family_of(args.op)) {
    case figures::SpanFamily::none:
      return 0;
    case figures::SpanFamily::database:
      return kDatabase |
             figures_->name_of(Dimension::database, figures::database_name(args).view());
    case figures::SpanFamily::api:
      return kApi | figures_->name_of(Dimension::api, figures::api_name(args));
    case figures::SpanFamily::http:
      return kHttp | figures_->name_of(Dimension::api, figures::api_name(args));
  }
  return 0;
}

void RunningTransaction::count(std::uint32_t figure, std::chrono::nanoseconds length,
                               std::uint16_t http_status, SpanStatus status) noexcept {
  if (!figures_) return;
  const auto name = static_cast<figures::NameTable::Id>(figure);
  if ((figure & kDatabase) != 0) return figures_->database(name, length);
  auto result = figures::StatusClass::none;
  if (http_status != 0) {
    result = figures::status_class(http_status);
  } else if ((figure & kApi) != 0) {  // without HTTP the status of the span is all there is
    result = figures::status_class(status);
  }
  figures_->api(name, result, length);
}

void RunningTransaction::on_end(const tracing::SpanCounts& counts) {
  const auto core = core_.lock();
  if (!core) return;
  if (is_recording()) {
    core->finish(shared_from_this(), counts, std::exchange(scopes_, {}));
  } else {
    core->leave_out(counts);
  }
}

void RunningTransaction::on_ignored() noexcept {
  if (const auto core = core_.lock()) core->ignore_span();
}

tracing::ActiveSpan begin_transaction(Core& core, const CaptureScopes& scopes,
                                      tracing::TreeStart&& start, const TransactionArgs& args) {
  auto transaction = start.is_recording ? make(core) : reuse(core);
  if (start.is_recording) {
    transaction->carry({.isolation = scopes.isolation, .current = scopes.current});
  }
  const base::SpanId id = transaction->begin(std::move(start), args);
  return {.tree = std::move(transaction), .id = id, .index = tracing::kRoot};
}

}  // namespace picket::client
