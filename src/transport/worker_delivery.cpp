#include "base/contain.hpp"
#include "transport/worker_impl.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace picket::transport {
namespace {

using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::OutgoingEnvelope;
using protocol::Quantity;

// A report is at most 4 KiB (P1.11); what does not fit goes with the next one.
constexpr std::size_t kMaxLossesPerReport = 40;

bool is_success(int status) noexcept { return status >= 200 && status < 300; }

/// No answer, or one of a load balancer that never handed the envelope on (architecture 8.2).
bool is_worth_a_retry(int status) noexcept {
  return status == 0 || status == 408 || (status >= 502 && status <= 504);
}

/// Why the items of a refused envelope are lost. Spec: P1.9.
DiscardReason reason_for(int status) noexcept {
  if (status == 0) return DiscardReason::network_error;
  return status == 429 ? DiscardReason::rate_limited : DiscardReason::send_error;
}

/// Dropped although another attempt at another time may have gone well.
bool is_for_want(const Fate& fate) noexcept {
  return fate.kind == Fate::Kind::dropped && (fate.reason == DiscardReason::network_error ||
                                              fate.reason == DiscardReason::queue_overflow ||
                                              fate.reason == DiscardReason::cache_overflow ||
                                              fate.reason == DiscardReason::internal_sdk_error);
}

void tell_drop(std::span<const Quantity> quantities, DiscardReason reason) noexcept {
  for (const Quantity& quantity : quantities) {
    diag::debug("dropped {} {}: {}", quantity.count, protocol::to_text(quantity.category),
                protocol::to_text(reason));
  }
}

}  // namespace

std::vector<Quantity> Worker::Impl::countable(std::vector<Quantity> quantities) {
  std::erase_if(quantities, [](const Quantity& quantity) {
    return quantity.category == DataCategory::internal;
  });
  return quantities;
}

std::optional<OutgoingEnvelope> Worker::Impl::prepare(Entry& entry) noexcept {
  bool threw = true;
  auto envelope = base::contain(std::optional<OutgoingEnvelope>{}, [&] {
    auto prepared = entry.job->prepare();
    threw = false;
    return prepared;
  });
  if (threw) {
    {
      const Lock lock(mutex_);
      if (entry.ticket == awaited_) awaited_failed_ = true;
    }
    record(DiscardReason::internal_sdk_error, entry.quantity);
    if (entry.companion.count > 0) record(DiscardReason::internal_sdk_error, entry.companion);
    tell_drop({&entry.quantity, 1}, DiscardReason::internal_sdk_error);
    tell(entry.event_id, entry.quantity.category, DeliveryOutcome::dropped,
         protocol::to_text(DiscardReason::internal_sdk_error));
  }
  return envelope;
}

/// A fresh envelope leaves, or goes to the spool while nothing may leave.
void Worker::Impl::dispatch(Entry& entry, OutgoingEnvelope envelope) {
  Parcel parcel;
  parcel.id = ++last_id_;
  parcel.priority = entry.priority;
  parcel.category = entry.quantity.category;
  parcel.prepared_at = options_.clock.steady();
  Stake stake;
  stake.id = parcel.id;
  stake.ticket = entry.ticket;
  stake.event_id = entry.event_id;
  stake.category = parcel.category;
  stake.quantities = countable(envelope.quantities());
  parcel.envelope = std::move(envelope);
  if (!put_at_stake(std::move(stake))) return;
  const bool went = base::contain(false, [&] {
    if (drop_limited(parcel)) route(std::move(parcel));
    return true;
  });
  if (!went) settle(parcel.id, Fate::drop(DiscardReason::internal_sdk_error));
}

void Worker::Impl::route(Parcel parcel) {
  if (may_send(options_.clock.steady())) {
    if (breaker_.is_closed()) attach_report(parcel);
    send(std::move(parcel));
  } else if (may_look_ahead()) {
    ahead_ = std::move(parcel);
  } else if (!store(parcel)) {
    // The disk refuses. There is room for a few until the server is back.
    if (waiting_.size() > courier_->capacity()) {
      end(parcel, Fate::drop(DiscardReason::cache_overflow));
    } else {
      waiting_.push_back(std::move(parcel));
    }
  }
}

/// From here on the envelope is at stake for whoever settles it; false: `close` has given up.
bool Worker::Impl::put_at_stake(Stake stake) {
  const FlightId id = stake.id;
  const Fate fate_if_late = Fate::late(stake.place);
  bool late = false;
  {
    const Lock lock(mutex_);
    stakes_.add(std::move(stake));
    late = abandoned_;
  }
  if (late) settle(id, fate_if_late);
  return !late;
}

/// Takes out what the server does not want now; false when nothing is left to send.
/// Spec: P6.5.
bool Worker::Impl::drop_limited(Parcel& parcel) {
  const auto limited = [&](DataCategory category) { return limiter_.is_limited(category); };
  const std::vector<Quantity> before = parcel.envelope.quantities();
  // Asked first, because taking out rewrites the envelope.
  if (std::none_of(before.begin(), before.end(),
                   [&](const Quantity& quantity) { return limited(quantity.category); })) {
    return true;
  }
  const std::vector<Quantity> taken = parcel.envelope.remove_limited(limited);
  {
    const Lock lock(mutex_);
    Stake* const mine = stakes_.find(parcel.id);
    if (mine == nullptr) return false;
    for (const Quantity& quantity : taken) record(DiscardReason::ratelimit_backoff, quantity);
    mine->quantities = countable(parcel.envelope.quantities());
  }
  tell_drop(taken, DiscardReason::ratelimit_backoff);
  if (!parcel.envelope.empty()) return true;
  settle(parcel.id, Fate::drop(DiscardReason::ratelimit_backoff));
  return false;
}

void Worker::Impl::attach_report(Parcel& parcel) {
  if (!options_.send_client_reports || !ledger_->has_unreported()) return;
  auto losses = ledger_->take_unreported();
  if (losses.size() > kMaxLossesPerReport) {
    const auto rest = losses.begin() + static_cast<std::ptrdiff_t>(kMaxLossesPerReport);
    ledger_->restore({rest, losses.end()});
    losses.erase(rest, losses.end());
  }
  const std::string payload = protocol::client_report_payload(losses, options_.clock.wall());
  {
    const Lock lock(mutex_);
    Stake* const mine = stakes_.find(parcel.id);
    if (mine == nullptr) return ledger_->restore(losses);
    mine->reported = std::move(losses);
  }
  parcel.envelope.add_item("client_report", payload, {{DataCategory::internal, 1}});
}

/// For a flush or a close, when no envelope has carried it. False: there is nothing to wait for.
bool Worker::Impl::launch_report() {
  if (!options_.send_client_reports || !ledger_->has_unreported()) return false;
  if (!breaker_.is_closed() || flights_.size() >= courier_->capacity()) return false;
  Parcel parcel;
  parcel.id = ++last_id_;
  parcel.category = DataCategory::internal;
  parcel.priority = protocol::priority_of(parcel.category);
  parcel.prepared_at = options_.clock.steady();
  parcel.is_report = true;
  parcel.report_order = state_.orders.reports;
  parcel.envelope = OutgoingEnvelope({.event_id = {}, .dsn = options_.dsn, .trace = {}});
  Stake stake;
  stake.id = parcel.id;
  stake.category = parcel.category;
  if (!put_at_stake(std::move(stake))) return false;
  const FlightId id = parcel.id;
  const bool sent = base::contain(false, [&] {
    attach_report(parcel);
    send(std::move(parcel));
    return true;
  });
  if (!sent) settle(id, Fate::drop(DiscardReason::internal_sdk_error));
  return sent;
}

/// Every attempt differs from the one before in `sent_at` alone.
void Worker::Impl::send(Parcel parcel) {
  std::string bytes = parcel.envelope.to_bytes(options_.clock.wall());
  parcel.is_probe = !breaker_.is_closed();
  parcel.wire_bytes = bytes.size();
  ++parcel.attempts;
  parcel.sent_at = base::deadline_in({});
  const FlightId id = parcel.id;
  flights_.push_back(std::move(parcel));
  courier_->send(id, std::move(bytes));
}

/// Looks what has come back. True when something has.
bool Worker::Impl::receive() {
  if (flights_.empty()) return false;
  if (arrivals_.empty()) courier_->wait(base::deadline_in({}), arrivals_);
  const auto arrivals = std::exchange(arrivals_, {});
  for (const Courier::Arrival& arrival : arrivals) {
    const auto flight = std::find_if(flights_.begin(), flights_.end(), [&](const Parcel& parcel) {
      return parcel.id == arrival.flight;
    });
    if (flight == flights_.end()) continue;
    Parcel parcel = std::move(*flight);
    flights_.erase(flight);
    const FlightId id = parcel.id;
    const bool done = base::contain(false, [&] {
      answered(std::move(parcel), arrival.response);
      return true;
    });
    if (!done) settle(id, Fate::drop(DiscardReason::internal_sdk_error));
  }
  return !arrivals.empty();
}

void Worker::Impl::answered(Parcel parcel, const TransportResponse& response) {
  const int status = response.status;
  diag::debug("attempt {} of {}: {} bytes, status {}{}{}", parcel.attempts, options_.max_attempts,
              parcel.wire_bytes, status, response.error.empty() ? "" : ", ", response.error);
  if (status == 413) {
    diag::error("the server refused an envelope of {} bytes as too large", parcel.wire_bytes);
  }
  observe(response, is_worth_a_retry(status));
  // Whatever becomes of it: this was the request that a flush has asked for.
  if (parcel.is_report) report_done(parcel.report_order);
  if (is_worth_a_retry(status)) {
    breaker_.failed(options_.clock.steady(), parcel.is_probe);
    if (state_.closing) ++closing_failures_;
    return failed(std::move(parcel), reason_for(status));
  }
  if (!breaker_.is_closed()) {
    diag::debug("the server answers again");
    const Lock lock(mutex_);
    backlog_ticket_ = last_ticket_;  // what has waited goes by value
  }
  breaker_.succeeded();
  bring_back();
  is_reachable_.store(true);
  closing_failures_ = 0;
  end(parcel, is_success(status) ? Fate::sent() : Fate::drop(reason_for(status)));
}

/// An attempt came to nothing: the envelope is kept wherever it can be.
void Worker::Impl::failed(Parcel parcel, DiscardReason reason) {
  if (parcel.spool_id) return set_aside(parcel, reason);
  if (!parcel.is_report && store(parcel)) return;
  const bool gives_up = parcel.attempts >= options_.max_attempts || is_too_old(parcel) ||
                        state_.closing || state_.putting_away ||
                        waiting_.size() >= courier_->capacity() + 1;
  if (gives_up) return end(parcel, Fate::drop(reason));
  waiting_.push_back(std::move(parcel));
}

void Worker::Impl::end(Parcel& parcel, Fate fate) {
  settle(parcel.id, fate);
  const bool is_over = fate.kind == Fate::Kind::sent || fate.kind == Fate::Kind::dropped;
  if (parcel.spool_id && is_over) {
    spool_->remove(*parcel.spool_id);
    strikes_.erase(*parcel.spool_id);
    publish_spool();
  }
}

/// Keeps what an answer says about the server.
void Worker::Impl::observe(const TransportResponse& response, bool came_to_nothing) {
  limiter_.observe(response);
  const bool limits = !response.rate_limits.empty() || response.status == 429;
  if (limits) {
    diag::debug("rate limits: '{}', retry after: '{}'", response.rate_limits, response.retry_after);
  }
  if (came_to_nothing) is_reachable_.store(false);
  const Lock lock(mutex_);
  ++figures_.attempts;
  if (came_to_nothing) ++figures_.failures;
  if (response.repeated) ++figures_.repeated;
  if (limits) limits_ = limiter_.limits();
}

void Worker::Impl::report_done(std::uint64_t order) noexcept {
  const Lock lock(mutex_);
  done_.reports = std::max(done_.reports, order);
  progressed_.notify_all();
}

std::chrono::nanoseconds Worker::Impl::limited_for(const Parcel& parcel) const noexcept {
  std::chrono::nanoseconds longest{0};
  base::contain([&] {
    for (const Quantity& quantity : parcel.envelope.quantities()) {
      longest = std::max(longest, limiter_.remaining(quantity.category));
    }
  });
  return longest;
}

bool Worker::Impl::is_too_old(const Parcel& parcel) const noexcept {
  return options_.clock.steady() - parcel.prepared_at > options_.max_retry_age;
}

bool Worker::Impl::settle(FlightId id, Fate fate) noexcept {
  std::optional<Stake> stake;
  {
    const Lock lock(mutex_);
    stake = stakes_.settle(id, fate, *ledger_);
    if (stake && stake->ticket == awaited_ && is_for_want(fate)) awaited_failed_ = true;
    progressed_.notify_all();
  }
  if (!stake) return false;
  switch (fate.kind) {
    case Fate::Kind::sent:
      tell(stake->event_id, stake->category, DeliveryOutcome::sent, {});
      break;
    case Fate::Kind::dropped:
      tell_drop(stake->quantities, fate.reason);
      tell(stake->event_id, stake->category, DeliveryOutcome::dropped,
           protocol::to_text(fate.reason));
      break;
    case Fate::Kind::spooled:
      tell(stake->event_id, stake->category, DeliveryOutcome::spooled, {});
      break;
    case Fate::Kind::waits_in_spool:
      break;
  }
  return true;
}

}  // namespace picket::transport
