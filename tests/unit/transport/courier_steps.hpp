#pragma once

// What the tests of couriers do again and again.

#include "transport/courier.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace picket::transport {

using Arrivals = std::map<Courier::FlightId, TransportResponse>;

/// Waits for so many answers, for twenty seconds at most.
inline Arrivals await(Courier& courier, std::size_t count) {
  Arrivals all;
  std::vector<Courier::Arrival> arrivals;
  const auto deadline = base::deadline_in(std::chrono::seconds(20));
  while (all.size() < count && base::time_until(deadline).count() > 0) {
    arrivals.clear();
    courier.wait(deadline, arrivals);
    for (auto& arrival : arrivals) {
      CHECK_FALSE(all.contains(arrival.flight));
      all[arrival.flight] = std::move(arrival.response);
    }
  }
  CHECK(all.size() == count);
  return all;
}

}  // namespace picket::transport
