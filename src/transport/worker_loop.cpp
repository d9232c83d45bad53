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

// Which worker's thread this is; a plain address, never followed.
thread_local const void* own_worker = nullptr;

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

/// What the ledger counts: all but client reports.
std::vector<Quantity> countable(std::vector<Quantity> quantities) {
  std::erase_if(quantities, [](const Quantity& quantity) {
    return quantity.category == DataCategory::internal;
  });
  return quantities;
}

void tell_drop(std::span<const Quantity> quantities, DiscardReason reason) noexcept {
  for (const Quantity& quantity : quantities) {
    diag::debug("dropped {} {}: {}", quantity.count, protocol::to_text(quantity.category),
                protocol::to_text(reason));
  }
}

}  // namespace

bool Worker::Impl::is_own_thread() const noexcept { return own_worker == this; }

void Worker::Impl::run() noexcept {
  own_worker = this;
  bool farewell = false;
  Lock lock(mutex_);
  while (!abandoned_) {
    if (reports_done_ < reports_asked_ || (closing_ && !farewell && queue_.size() == 0)) {
      farewell = closing_ && queue_.size() == 0;
      const std::uint64_t asked = reports_asked_;
      lock.unlock();
      send_report_alone();
      lock.lock();
      reports_done_ = asked;
      progressed_.notify_all();
    } else if (auto entry = queue_.pop()) {
      work(lock, std::move(*entry));
    } else if (closing_) {
      break;
    } else {
      sleeping_ = true;
      wake_.wait(lock, [&] { return !sleeping_; });
    }
  }
  ended_ = true;
  progressed_.notify_all();
}

void Worker::Impl::work(Lock& lock, Entry entry) noexcept {
  current_ = entry.ticket;
  lock.unlock();
  process(entry);
  base::contain([&] { entry.job.reset(); });
  lock.lock();
  current_ = JobQueue::kNone;
  progressed_.notify_all();
}

void Worker::Impl::process(Entry& entry) noexcept {
  bool threw = true;
  auto envelope = base::contain(std::optional<OutgoingEnvelope>{}, [&] {
    auto prepared = entry.job->prepare();
    threw = false;
    return prepared;
  });
  if (threw) {
    record(DiscardReason::internal_sdk_error, entry.quantity);
    if (entry.companion.count > 0) record(DiscardReason::internal_sdk_error, entry.companion);
    tell_drop({&entry.quantity, 1}, DiscardReason::internal_sdk_error);
  }
  if (!envelope) return;
  const bool delivered = base::contain(false, [&] {
    if (take_off(*envelope)) deliver(*envelope);
    return true;
  });
  if (!delivered) settle(DiscardReason::internal_sdk_error);
}

/// From here on the envelope is at stake for whoever settles it; false: `close` has given up.
bool Worker::Impl::take_off(const OutgoingEnvelope& envelope) {
  Flight flight{countable(envelope.quantities()), {}};
  Lock lock(mutex_);
  flight_ = std::move(flight);
  const bool late = abandoned_;
  lock.unlock();
  if (late) settle(DiscardReason::queue_overflow);
  return !late;
}

void Worker::Impl::deliver(OutgoingEnvelope& envelope) {
  for (int number = 1;; ++number) {
    if (!drop_limited(envelope)) return;
    if (number == 1) attach_report(envelope);
    const bool last = is_closing();
    const TransportResponse response = attempt(envelope, number);
    limiter_.observe(response);
    if (is_success(response.status)) return settle(std::nullopt);
    if (!is_worth_a_retry(response.status) || last || !wait_for_retry(number)) {
      return settle(reason_for(response.status));
    }
  }
}

/// Takes out what the server does not want now; false when nothing is left to send. Asked before
/// every attempt, because a refusal may bring new limits.
bool Worker::Impl::drop_limited(OutgoingEnvelope& envelope) {
  const auto limited = [&](DataCategory category) { return limiter_.is_limited(category); };
  std::vector<Quantity> quantities = envelope.quantities();
  std::vector<Quantity> taken;
  // Asked first, because taking out rewrites the envelope.
  if (std::any_of(quantities.begin(), quantities.end(),
                  [&](const Quantity& quantity) { return limited(quantity.category); })) {
    taken = envelope.remove_limited(limited);
    quantities = envelope.quantities();
  }
  std::vector<Quantity> kept = countable(std::move(quantities));
  bool goes_on = false;
  {
    const Lock lock(mutex_);
    if (!flight_) return false;
    for (const Quantity& quantity : taken) record(DiscardReason::ratelimit_backoff, quantity);
    // A report alone is not worth a request: its counts go with the next envelope.
    goes_on = !envelope.empty() && (!kept.empty() || flight_->reported.empty());
    flight_->quantities = std::move(kept);
  }
  tell_drop(taken, DiscardReason::ratelimit_backoff);
  if (!goes_on) settle(DiscardReason::ratelimit_backoff);
  return goes_on;
}

void Worker::Impl::attach_report(OutgoingEnvelope& envelope) {
  if (!has_report()) return;
  auto losses = ledger_->take_unreported();
  if (losses.size() > kMaxLossesPerReport) {
    const auto rest = losses.begin() + static_cast<std::ptrdiff_t>(kMaxLossesPerReport);
    ledger_->restore({rest, losses.end()});
    losses.erase(rest, losses.end());
  }
  const std::string payload = protocol::client_report_payload(losses, options_.clock.wall());
  {
    const Lock lock(mutex_);
    if (!flight_) return ledger_->restore(losses);
    flight_->reported = std::move(losses);
  }
  envelope.add_item("client_report", payload, {{DataCategory::internal, 1}});
}

/// One attempt, for a flush or a close; what fails goes with the next envelope.
void Worker::Impl::send_report_alone() noexcept {
  if (!has_report()) return;
  const bool sent = base::contain(false, [&] {
    OutgoingEnvelope envelope({.event_id = {}, .dsn = options_.dsn, .trace = {}});
    if (!take_off(envelope)) return true;
    attach_report(envelope);
    const TransportResponse response = attempt(envelope, 1);
    limiter_.observe(response);
    settle(is_success(response.status) ? std::nullopt : std::optional(reason_for(response.status)));
    return true;
  });
  if (!sent) settle(DiscardReason::internal_sdk_error);
}

TransportResponse Worker::Impl::attempt(const OutgoingEnvelope& envelope, int number) {
  const std::string bytes = envelope.to_bytes(options_.clock.wall());
  std::vector<Courier::Arrival> arrivals;
  courier_->send(1, bytes);
  while (arrivals.empty()) courier_->wait(base::deadline_in(std::chrono::hours(1)), arrivals);
  const TransportResponse response = std::move(arrivals.front().response);
  diag::debug("attempt {} of {}: {} bytes, status {}{}{}", number, schedule_.max_attempts(),
              bytes.size(), response.status, response.error.empty() ? "" : ", ", response.error);
  if (!response.rate_limits.empty() || response.status == 429) {
    diag::debug("rate limits: '{}', retry after: '{}'", response.rate_limits, response.retry_after);
  }
  if (response.status == 413) {
    diag::error("the server refused an envelope of {} bytes as too large", bytes.size());
  }
  return response;
}

/// False when there is no further attempt. A `close` ends the wait early.
bool Worker::Impl::wait_for_retry(int attempts) noexcept {
  const auto wait = schedule_.wait_after(attempts);
  if (!wait) return false;
  diag::debug("next attempt in {} ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(*wait).count());
  return base::contain(false, [&] {
    const SteadyTime until = options_.clock.steady() + *wait;
    Lock lock(mutex_);
    while (!closing_ && options_.clock.steady() < until) {
      options_.clock.wait_until(lock, wake_, until);
    }
    return !abandoned_;
  });
}

bool Worker::Impl::is_closing() const noexcept {
  const Lock lock(mutex_);
  return closing_;
}

bool Worker::Impl::has_report() const noexcept {
  return options_.send_client_reports && ledger_->has_unreported();
}

void Worker::Impl::settle(std::optional<DiscardReason> reason) noexcept {
  Flight flight;
  {
    const Lock lock(mutex_);
    if (!flight_) return;
    flight = std::move(*flight_);
    flight_.reset();
    for (const Quantity& quantity : flight.quantities) record(reason, quantity);
    if (reason) ledger_->restore(flight.reported);
  }
  if (reason) tell_drop(flight.quantities, *reason);
}

void Worker::Impl::record(std::optional<DiscardReason> reason, const Quantity& quantity) {
  if (reason) {
    ledger_->dropped(*reason, quantity.category, quantity.count);
  } else {
    ledger_->sent(quantity.category, quantity.count);
  }
}

}  // namespace picket::transport
