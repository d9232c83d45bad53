#pragma once

// What the tests of the spool share: a directory, a clock, envelopes, and a look at the files.

#include "support/temporary_directory.hpp"
#include "transport/spool.hpp"
#include "transport/spool_format.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace picket::transport {

using protocol::DataCategory;
using protocol::DiscardReason;
using protocol::Loss;
using protocol::Quantity;

inline constexpr auto kAll = [](DataCategory) { return true; };

inline EventId event_id(std::uint32_t number) {
  EventId::Bytes bytes{};
  bytes[0] = std::byte{0xEE};
  for (std::size_t i = 0; i < 4; ++i) bytes[15 - i] = std::byte(number >> (8 * i));
  return EventId(bytes);
}

inline std::uint32_t number_of(const EventId& id) {
  std::uint32_t number = 0;
  for (std::size_t i = 12; i < 16; ++i) {
    number = number << 8U | std::to_integer<std::uint32_t>(id.bytes()[i]);
  }
  return number;
}

/// An envelope with one item of that category; equal numbers make equal bodies.
inline protocol::OutgoingEnvelope envelope(std::uint32_t number,
                                           DataCategory category = DataCategory::error,
                                           std::size_t size = 40) {
  protocol::OutgoingEnvelope made({.event_id = event_id(number), .dsn = "https://k@h/1"});
  made.add_item("event", "{\"n\":" + std::to_string(number) + "," + std::string(size, 'x') + "}",
                {{category, 1}});
  return made;
}

/// A clock whose hands a test moves, the wall's also by themselves as `ntpd` does.
class TwoHands final : public ClockSource {
 public:
  [[nodiscard]] WallTime wall() const noexcept override { return wall_; }
  [[nodiscard]] SteadyTime steady() const noexcept override { return steady_; }
  void wait_until(std::unique_lock<std::mutex>&, std::condition_variable&,
                  SteadyTime) const override {}

  void advance(std::chrono::microseconds by) {
    steady_ += by;
    wall_ += by;
  }
  void jump(std::chrono::microseconds by) { wall_ += by; }

 private:
  SteadyTime steady_{std::chrono::hours(1000)};
  WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

/// A spool in a directory of its own that a test may open again and again.
struct SpoolWorld {
  tests::TemporaryDirectory directory;
  std::shared_ptr<TwoHands> hands = std::make_shared<TwoHands>();
  SpoolSettings settings{.directory = directory.path("spool"),
                         .dsn = "https://k@h/1",
                         .max_bytes = 1U << 20U,
                         .max_items = 1000,
                         .clock = Clock(hands)};
  std::vector<Spool::Lost> lost;

  [[nodiscard]] std::unique_ptr<Spool> open() {
    auto opened = Spool::open(settings);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
    return std::move(opened).value();
  }

  std::optional<Spool::Id> store(Spool& spool, std::uint32_t number,
                                 DataCategory category = DataCategory::error,
                                 std::size_t size = 40) {
    return spool.store(envelope(number, category, size), protocol::priority_of(category), category,
                       {}, lost);
  }

  /// Takes over all there is; how many envelopes that were.
  std::size_t take_over(Spool& spool) {
    std::size_t envelopes = 0;
    while (const auto found = spool.take_over(lost)) envelopes += found->envelopes;
    return envelopes;
  }

  /// Takes and removes all, in order.
  std::vector<std::uint32_t> drain(Spool& spool) {
    std::vector<std::uint32_t> numbers;
    while (const auto parcel = spool.take(kAll, lost)) {
      numbers.push_back(number_of(parcel->envelope.header().event_id));
      spool.remove(parcel->id);
    }
    return numbers;
  }

  [[nodiscard]] std::vector<std::uint32_t> lost_numbers() const {
    std::vector<std::uint32_t> numbers;
    for (const Spool::Lost& one : lost) numbers.push_back(number_of(one.event_id));
    return numbers;
  }

  /// The paths with that ending, sorted.
  [[nodiscard]] std::vector<std::string> files(const std::string& ending = ".spool") const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(settings.directory)) {
      if (entry.path().string().ends_with(ending)) found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

using Numbers = std::vector<std::uint32_t>;

}  // namespace picket::transport
