// What leaves the spool when it is full, and what when it is old.

#include "transport/spool.hpp"

#include "spool_support.hpp"

namespace picket::transport {
namespace {

using std::chrono::hours;

Numbers range(std::uint32_t first, std::uint32_t last) {
  Numbers numbers;
  for (std::uint32_t number = first; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

/// What is in the files, by its size.
std::size_t bytes_on_disk(const SpoolWorld& world) {
  std::size_t bytes = 0;
  for (const std::string& path : world.files()) bytes += std::filesystem::file_size(path);
  return bytes;
}

TEST_SUITE("transport/spool") {
  TEST_CASE("a full spool gives up its oldest, with what was in it, and keeps the newest") {
    SpoolWorld world;
    world.settings.max_items = 80;
    const auto spool = world.open();
    const std::vector<Loss> reported{{DiscardReason::before_send, DataCategory::log_item, 4}};
    protocol::OutgoingEnvelope first({.event_id = event_id(1)});
    first.add_item("log", "{}", {{DataCategory::log_item, 12}, {DataCategory::log_byte, 345}});
    REQUIRE(spool->store(first, 2, DataCategory::log_item, reported, world.lost));
    for (std::uint32_t n = 2; n <= 80; ++n) world.store(*spool, n, DataCategory::transaction);
    CHECK(world.lost.empty());

    CHECK(world.store(*spool, 81, DataCategory::transaction));
    CHECK(world.lost_numbers() == range(1, 10));  // a segment holds an eighth
    CHECK(world.lost.front().reason == DiscardReason::cache_overflow);
    CHECK(world.lost.front().quantities ==
          std::vector<Quantity>{{DataCategory::log_item, 12}, {DataCategory::log_byte, 345}});
    CHECK(world.lost.front().reported == reported);
    CHECK(spool->figures().items == 71);
    CHECK(world.drain(*spool) == range(11, 81));
  }

  TEST_CASE("the files never take more than their bound, tombstones included") {
    SpoolWorld world;
    world.settings.max_bytes = 20'000;
    const auto spool = world.open();
    std::uint32_t stored = 0;
    for (std::uint32_t n = 1; n <= 500; ++n) {
      CAPTURE(n);
      stored += world.store(*spool, n, DataCategory::error, n % 7 * 60) ? 1U : 0U;
      CHECK(bytes_on_disk(world) <= world.settings.max_bytes);
      CHECK(spool->figures().bytes == bytes_on_disk(world));
    }
    CHECK(stored == 500);
    CHECK(spool->figures().items + world.lost.size() == 500);
    CHECK(spool->figures().bytes > world.settings.max_bytes / 2);
  }

  TEST_CASE("a spool that is full to the brim has room for the ends of what is in it") {
    SpoolWorld world;
    world.settings.max_bytes = 20'000;
    std::uint32_t fitting = 0;
    {
      const auto spool = world.open();
      while (world.lost.empty()) world.store(*spool, ++fitting);
      spool->purge(world.lost);
      world.lost.clear();
    }
    const auto spool = world.open();
    for (std::uint32_t n = 1; n < fitting; ++n) world.store(*spool, n);
    REQUIRE(world.lost.empty());
    // One of each segment stays until the end, so that the tombstones of the others are written.
    std::vector<Spool::Id> ids;
    while (const auto parcel = spool->take(kAll, world.lost)) ids.push_back(parcel->id);
    for (const bool last : {false, true}) {
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if ((i % 4 == 0) == last) spool->remove(ids[i]);
        CHECK(bytes_on_disk(world) <= world.settings.max_bytes);
        CHECK(spool->figures().bytes == bytes_on_disk(world));
      }
    }
    CHECK(world.files().empty());
  }

  TEST_CASE("what is worth less leaves first, however new, and pushes out nothing better") {
    SpoolWorld world;
    world.settings.max_items = 8;
    const auto spool = world.open();
    for (std::uint32_t n = 1; n <= 5; ++n) world.store(*spool, n, DataCategory::error);
    for (std::uint32_t n = 6; n <= 8; ++n) world.store(*spool, n, DataCategory::transaction);
    for (std::uint32_t n = 9; n <= 11; ++n) CHECK(world.store(*spool, n, DataCategory::error));
    CHECK(world.lost_numbers() == range(6, 8));

    CHECK_FALSE(world.store(*spool, 12, DataCategory::transaction));
    CHECK(world.lost.size() == 3);
    CHECK(world.store(*spool, 13, DataCategory::error));
    CHECK(world.lost_numbers() == Numbers{6, 7, 8, 1});
    CHECK(world.drain(*spool) == Numbers{2, 3, 4, 5, 9, 10, 11, 13});
  }

  TEST_CASE(
      "an envelope larger than a segment has one of its own, one larger than all is refused") {
    SpoolWorld world;
    world.settings.max_bytes = 80'000;
    const auto spool = world.open();
    CHECK(world.store(*spool, 1, DataCategory::error, 10));
    CHECK(world.store(*spool, 2, DataCategory::error, 60'000));
    CHECK(world.store(*spool, 3, DataCategory::error, 10));
    CHECK(world.files().size() == 3);
    CHECK_FALSE(world.store(*spool, 4, DataCategory::error, 80'000));
    CHECK(world.lost.empty());
    CHECK(world.drain(*spool) == Numbers{1, 2, 3});
  }

  TEST_CASE("one that is under way when its segment has to leave is lost only if it comes back") {
    SpoolWorld world;
    world.settings.max_items = 8;
    const auto spool = world.open();
    for (std::uint32_t n = 1; n <= 8; ++n) world.store(*spool, n);
    const auto sent = spool->take(kAll, world.lost);
    const auto failed = spool->take(kAll, world.lost);
    for (std::uint32_t n = 9; n <= 10; ++n) CHECK(world.store(*spool, n));
    CHECK(world.lost.empty());

    spool->remove(sent->id);
    spool->put_back(failed->id);
    CHECK(world.drain(*spool) == range(3, 10));
    CHECK(world.lost_numbers() == Numbers{2});
    CHECK(world.lost.front().quantities == std::vector<Quantity>{{DataCategory::error, 1}});
  }

  TEST_CASE("bounds hold for what is taken over: the newest of the best is kept") {
    SpoolWorld world;
    world.settings.max_items = 40;
    {
      const auto old = world.open();
      for (std::uint32_t n = 1; n <= 20; ++n) world.store(*old, n, DataCategory::transaction);
      for (std::uint32_t n = 21; n <= 40; ++n) world.store(*old, n, DataCategory::error);
    }
    world.hands->advance(hours(1));
    const auto spool = world.open();
    for (std::uint32_t n = 41; n <= 50; ++n) world.store(*spool, n, DataCategory::transaction);
    CHECK(world.take_over(*spool) == 40);
    CHECK(world.lost_numbers() == range(1, 10));
    CHECK(spool->figures().items == 40);
    Numbers left = range(21, 40);
    for (const std::uint32_t n : range(11, 20)) left.push_back(n);
    for (const std::uint32_t n : range(41, 50)) left.push_back(n);
    CHECK(world.drain(*spool) == left);
  }

  TEST_CASE("what is too old leaves on the way, and is told of with all that was in it") {
    SpoolWorld world;
    world.settings.max_age = hours(24);
    const auto spool = world.open();
    world.store(*spool, 1);
    world.hands->advance(hours(2));
    world.store(*spool, 2);
    world.hands->advance(hours(22) + std::chrono::milliseconds(1));
    CHECK(world.drain(*spool) == Numbers{2});
    CHECK(world.lost_numbers() == Numbers{1});
    CHECK(world.lost.front().reason == DiscardReason::cache_overflow);
    CHECK(world.lost.front().quantities == std::vector<Quantity>{{DataCategory::error, 1}});
    CHECK(world.files().empty());
  }

  TEST_CASE("what a process left behind is too old when it is taken over") {
    SpoolWorld world;
    world.settings.max_age = hours(24);
    {
      const auto old = world.open();
      world.store(*old, 1);
      world.hands->advance(hours(20));
      world.store(*old, 2);
    }
    world.hands->advance(hours(20));
    const auto spool = world.open();
    const auto found = spool->take_over(world.lost);
    REQUIRE(found);
    CHECK(found->envelopes == 2);
    CHECK(world.lost_numbers() == Numbers{1});
    CHECK(spool->figures().items == 1);
    CHECK(world.drain(*spool) == Numbers{2});
    CHECK(world.lost.size() == 1);
  }

  TEST_CASE("a wall clock that jumps makes nothing old or new") {
    SpoolWorld world;
    world.settings.max_age = hours(24);
    const auto spool = world.open();
    world.store(*spool, 1);
    world.hands->jump(hours(1000));
    world.hands->advance(hours(1));
    const auto first = spool->take(kAll, world.lost);
    REQUIRE(first);
    spool->put_back(first->id);
    world.store(*spool, 2);
    world.hands->jump(hours(-3000));
    world.store(*spool, 3);
    CHECK(world.drain(*spool) == Numbers{1, 2, 3});
    CHECK(world.lost.empty());
  }

  TEST_CASE("an envelope from the future is as good as new") {
    SpoolWorld world;
    world.settings.max_age = hours(24);
    world.hands->jump(hours(1000));
    { world.store(*world.open(), 1); }
    world.hands->jump(hours(-1000));
    const auto spool = world.open();
    CHECK(world.take_over(*spool) == 1);
    world.store(*spool, 2);
    world.hands->advance(hours(23));
    const auto parcel = spool->take(kAll, world.lost);
    REQUIRE(parcel);
    CHECK(number_of(parcel->envelope.header().event_id) == 1);
    spool->put_back(parcel->id);
    world.hands->advance(hours(2));
    CHECK_FALSE(spool->take(kAll, world.lost));
    CHECK(world.lost_numbers() == Numbers{1, 2});
  }

  TEST_CASE("purging removes everything of this DSN and tells of what was counted") {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    const auto other = world.open();
    world.store(*other, 2);  // belongs to somebody
    const auto spool = world.open();
    world.store(*spool, 3);
    world.store(*spool, 4, DataCategory::transaction);
    const auto taken = spool->take(kAll, world.lost);
    spool->purge(world.lost);
    std::sort(world.lost.begin(), world.lost.end(), [](const auto& left, const auto& right) {
      return number_of(left.event_id) < number_of(right.event_id);
    });
    CHECK(world.lost_numbers() == Numbers{3, 4});
    CHECK(world.files().size() == 1);
    CHECK(spool->figures().items == 0);
    CHECK(spool->figures().bytes == 0);
    spool->put_back(taken->id);
    CHECK_FALSE(spool->take(kAll, world.lost));
    CHECK(world.lost.size() == 2);
    CHECK(world.store(*spool, 5));
    CHECK(world.drain(*spool) == Numbers{5});
  }
}

}  // namespace
}  // namespace picket::transport
