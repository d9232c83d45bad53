#include "picket/testing/fixed_random.hpp"

#include <mutex>
#include <utility>

namespace picket::testing {

struct FixedRandom::State {
  mutable std::mutex mutex;
  std::vector<double> numbers;
  std::size_t draws = 0;
};

FixedRandom::FixedRandom(std::vector<double> numbers) : state_(std::make_shared<State>()) {
  state_->numbers = std::move(numbers);
}

void FixedRandom::set(std::vector<double> numbers) {
  const std::lock_guard lock(state_->mutex);
  state_->numbers = std::move(numbers);
  state_->draws = 0;
}

std::size_t FixedRandom::draws() const {
  const std::lock_guard lock(state_->mutex);
  return state_->draws;
}

std::function<double()> FixedRandom::handle() const {
  return [state = state_] {
    const std::lock_guard lock(state->mutex);
    const std::size_t turn = state->draws++;
    return state->numbers.empty() ? 0.0 : state->numbers[turn % state->numbers.size()];
  };
}

}  // namespace picket::testing
