#include "protocol/loss_ledger.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <latch>
#include <thread>

namespace picket::protocol {
namespace {

bool adds_up(const Stats& stats) {
  return std::all_of(stats.categories.begin(), stats.categories.end(), [](const auto& entry) {
    const CategoryStats& row = entry.second;
    return row.captured == row.sent + row.dropped_total() + row.pending;
  });
}

TEST_SUITE("protocol/loss_ledger") {
  TEST_CASE("a captured item is pending until it is sent or dropped") {
    LossLedger ledger;
    ledger.captured(DataCategory::error, 3);
    CHECK(ledger.stats().errors() == CategoryStats{.captured = 3, .pending = 3});

    ledger.sent(DataCategory::error);
    ledger.dropped(DiscardReason::before_send, DataCategory::error);

    CHECK(ledger.stats().errors() ==
          CategoryStats{.captured = 3, .sent = 1, .pending = 1, .dropped = {{"before_send", 1}}});
  }

  TEST_CASE("what is refused at the door was never pending") {
    LossLedger ledger;
    ledger.refused(DiscardReason::sample_rate, DataCategory::transaction);
    ledger.refused(DiscardReason::sample_rate, DataCategory::span, 4);

    CHECK(ledger.stats().of("transaction") ==
          CategoryStats{.captured = 1, .dropped = {{"sample_rate", 1}}});
    CHECK(ledger.stats().of("span") ==
          CategoryStats{.captured = 4, .dropped = {{"sample_rate", 4}}});
  }

  TEST_CASE("an item that ends without having been captured does not break the promise") {
    LossLedger ledger;
    ledger.captured(DataCategory::error);
    ledger.sent(DataCategory::error, 2);
    ledger.dropped(DiscardReason::send_error, DataCategory::session, 5);

    CHECK(ledger.stats().errors() == CategoryStats{.captured = 2, .sent = 2});
    CHECK(ledger.stats().of("session") ==
          CategoryStats{.captured = 5, .dropped = {{"send_error", 5}}});
  }

  TEST_CASE("a category that nothing was captured in is not listed") {
    LossLedger ledger;
    CHECK(ledger.stats().categories.empty());
    ledger.captured(DataCategory::attachment, 512);
    CHECK(ledger.stats().categories.size() == 1);
    CHECK(ledger.stats().of("attachment").pending == 512);
  }

  TEST_CASE("losses add up per reason and category and are taken once") {  // P5.9 C137
    LossLedger ledger;
    CHECK_FALSE(ledger.has_unreported());
    ledger.refused(DiscardReason::sample_rate, DataCategory::error);
    ledger.refused(DiscardReason::sample_rate, DataCategory::error, 2);
    ledger.captured(DataCategory::error);
    ledger.dropped(DiscardReason::network_error, DataCategory::error);
    CHECK(ledger.has_unreported());

    const std::vector<Loss> losses = ledger.take_unreported();

    CHECK(losses == std::vector<Loss>{{DiscardReason::network_error, DataCategory::error, 1},
                                      {DiscardReason::sample_rate, DataCategory::error, 3}});
    CHECK_FALSE(ledger.has_unreported());
    CHECK(ledger.take_unreported().empty());
    CHECK(ledger.stats().errors().dropped_total() == 4);  // taken from the report, not from here
  }

  TEST_CASE("what a failed report carried is reported again, with what came since") {  // P5.9
    LossLedger ledger;
    ledger.refused(DiscardReason::before_send, DataCategory::error, 2);
    const std::vector<Loss> carried = ledger.take_unreported();
    ledger.refused(DiscardReason::before_send, DataCategory::error, 3);

    ledger.restore(carried);

    CHECK(ledger.take_unreported() ==
          std::vector<Loss>{{DiscardReason::before_send, DataCategory::error, 5}});
    CHECK(ledger.stats().errors().captured == 5);  // a report is no capture
  }

  TEST_CASE("what a 429 refused is counted but never reported") {  // P5.9 C138
    LossLedger ledger;
    ledger.captured(DataCategory::error);
    ledger.dropped(DiscardReason::rate_limited, DataCategory::error);

    CHECK_FALSE(ledger.has_unreported());
    CHECK(ledger.take_unreported().empty());
    CHECK(ledger.stats().errors().dropped.at("rate_limited") == 1);
  }

  TEST_CASE("every snapshot adds up while eight threads move items") {
    constexpr int kThreads = 8;
    constexpr int kRounds = 2000;
    LossLedger ledger;
    std::latch start(kThreads);
    std::vector<std::uint64_t> broken(kThreads, 0);
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          start.arrive_and_wait();
          for (int i = 0; i < kRounds; ++i) {
            ledger.captured(DataCategory::error, 2);
            ledger.sent(DataCategory::error);
            ledger.dropped(DiscardReason::send_error, DataCategory::error);
            ledger.refused(DiscardReason::sample_rate, DataCategory::transaction);
            if (i % 16 == 0 && !adds_up(ledger.stats())) ++broken[t];
            if (i % 64 == 0) ledger.restore(ledger.take_unreported());
          }
        });
      }
    }

    CHECK(broken == std::vector<std::uint64_t>(kThreads, 0));
    constexpr std::uint64_t kAll = std::uint64_t{kThreads} * kRounds;
    CHECK(ledger.stats().errors() ==
          CategoryStats{.captured = 2 * kAll, .sent = kAll, .dropped = {{"send_error", kAll}}});
    CHECK(ledger.take_unreported() ==
          std::vector<Loss>{{DiscardReason::send_error, DataCategory::error, kAll},
                            {DiscardReason::sample_rate, DataCategory::transaction, kAll}});
  }
}

}  // namespace
}  // namespace picket::protocol
