#include "base/contain.hpp"
#include "transport/courier.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace picket::transport {
namespace {

class BlockingCourier final : public Courier {
 public:
  explicit BlockingCourier(std::shared_ptr<Transport> transport)
      : transport_(std::move(transport)) {}

  [[nodiscard]] std::size_t capacity() const noexcept override { return 1; }

  void send(FlightId flight, std::string envelope) noexcept override {
    TransportResponse response;
    if (interrupted_.load()) {
      response.error = "interrupted";
    } else {
      TransportResponse failed;
      failed.error = "the transport threw";
      response = base::contain(std::move(failed), [&] { return transport_->send(envelope); });
    }
    arrival_ = Arrival{flight, std::move(response)};
  }

  void wait(base::Deadline until, std::vector<Arrival>& arrivals) noexcept override {
    if (arrival_) {
      base::contain([&] { arrivals.push_back(std::move(*arrival_)); });
      arrival_.reset();
      return;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [&] { return woken_; });
    woken_ = false;
  }

  void cancel() noexcept override {}  // an envelope is never under way between two calls

  void wake() noexcept override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

  void interrupt() noexcept override {
    interrupted_.store(true);
    transport_->interrupt();
    wake();
  }

 private:
  const std::shared_ptr<Transport> transport_;
  std::atomic<bool> interrupted_{false};
  std::optional<Arrival> arrival_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace

std::unique_ptr<Courier> make_blocking_courier(std::shared_ptr<Transport> transport) {
  return std::make_unique<BlockingCourier>(std::move(transport));
}

}  // namespace picket::transport
