// A spool that holds very much.

#include "spool_support.hpp"
#include "support/allocations.hpp"
#include "transport/spool.hpp"
#include "transport/spool_directory.hpp"
#include "transport/spool_index.hpp"

namespace picket::transport {
namespace {

constexpr std::uint32_t kMany = 100'000;

/// Fills the directory as processes that are gone would have. Every envelope has the number of its
/// turn: the order in which they have to leave.
void fill(const SpoolWorld& world) {
  const auto owner = SpoolDirectory::open(world.settings.directory, world.settings.dsn);
  REQUIRE(owner.has_value());
  const WallTime begin = world.hands->wall() - std::chrono::hours(24);
  constexpr std::uint32_t kInSegment = 2'000;
  for (std::uint32_t first = 0; first < kMany; first += kInSegment) {
    const WallTime created = begin + std::chrono::seconds(first);
    std::string bytes = encode_segment_header(created);
    for (std::uint32_t n = first; n < first + kInSegment; ++n) {
      const std::string body = "{\"type\":\"event\",\"length\":2}\n{}\n";
      bytes += *encode_before_body({.stored_at = begin + std::chrono::milliseconds(n),
                                    .priority = 5,
                                    .category = DataCategory::error,
                                    .event_id = event_id(n),
                                    .quantities = {{DataCategory::error, 1}},
                                    .dsn = "https://k@h/1",
                                    .body = body});
      bytes += body;
    }
    const SegmentName name{Worth::valuable,
                           static_cast<std::uint64_t>(created.time_since_epoch().count())};
    write_file(world.settings.directory + "/" + owner->own_name(name, first), bytes);
  }
}

TEST_SUITE("transport/spool") {
  TEST_CASE("opening reads nothing of a hundred thousand envelopes, which all come out in order") {
    SpoolWorld world;
    world.settings.max_items = 2 * kMany;
    world.settings.max_bytes = 64U << 20U;
    fill(world);

    const auto begin = std::chrono::steady_clock::now();
    const auto spool = world.open();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    MESSAGE("open: ", took.count(), " us");
    CHECK(spool->figures().bytes_read == 0);

    const auto before = tests::allocations().live_bytes;
    CHECK(world.take_over(*spool) == kMany);
    CHECK(spool->figures().items == kMany);
    // 32 for each, and what vectors that grow have to spare.
    CHECK(tests::allocations().live_bytes - before < 72 * std::ptrdiff_t{kMany});

    std::uint32_t in_order = 0;
    while (const auto parcel = spool->take(kAll, world.lost)) {
      in_order += number_of(parcel->envelope.header().event_id) == in_order ? 1U : 0U;
      spool->remove(parcel->id);
    }
    CHECK(in_order == kMany);
    CHECK(world.files().empty());
    CHECK(world.lost.empty());
  }

  TEST_CASE("segments full of rubbish do not hinder a spool from opening") {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    write_file(world.files().front(), std::string(1U << 20U, '#'));
    const auto spool = world.open();
    CHECK(spool->figures().bytes_read == 0);
    CHECK(spool->figures().damaged == 0);  // nobody has looked yet
    CHECK(world.store(*spool, 2));
    CHECK(world.take_over(*spool) == 0);
    CHECK(spool->figures().damaged == 1);
    CHECK(world.drain(*spool) == Numbers{2});
  }
}

TEST_SUITE("transport/spool_index") {
  TEST_CASE("references to what is gone are forgotten when they are most of it") {
    SpoolIndex index;
    for (std::uint32_t n = 0; n < 1000; ++n) {
      index.push(5, DataCategory::error, {.stored_ms = n, .segment = 1, .place = n});
    }
    const auto waits = [](const SpoolIndex::Ref& ref) { return ref.place >= 900; };
    index.tidy(600, waits);
    CHECK(index.size() == 1000);
    index.tidy(100, waits);
    CHECK(index.size() == 100);
    for (std::uint32_t n = 900; n < 1000; ++n) CHECK(index.pop(kAll, waits)->place == n);
    CHECK_FALSE(index.pop(kAll, waits));
    CHECK(index.size() == 0);
  }

  TEST_CASE("of equal age the first stored is the first to leave") {
    SpoolIndex index;
    for (const std::uint32_t n : {3U, 1U, 2U}) {
      index.push(5, DataCategory::error, {.stored_ms = 7, .segment = n, .place = 0});
      index.push(5, DataCategory::feedback, {.stored_ms = 7, .segment = n, .place = 1});
    }
    const auto waits = [](const SpoolIndex::Ref&) { return true; };
    Numbers order;
    while (const auto ref = index.pop(kAll, waits)) order.push_back(ref->segment * 10 + ref->place);
    CHECK(order == Numbers{10, 11, 20, 21, 30, 31});
  }

  TEST_CASE("a spool that overflows for long does not grow in memory") {
    SpoolWorld world;
    world.settings.max_items = 80;
    const auto spool = world.open();
    for (std::uint32_t n = 0; n < 300; ++n) world.store(*spool, n, DataCategory::transaction);
    world.lost = {};
    const auto before = tests::allocations().live_bytes;
    for (std::uint32_t n = 0; n < 3000; ++n) {
      world.store(*spool, n, DataCategory::transaction);
      world.lost.clear();
    }
    world.lost = {};
    CHECK(tests::allocations().live_bytes - before < 8192);
  }
}

}  // namespace
}  // namespace picket::transport
