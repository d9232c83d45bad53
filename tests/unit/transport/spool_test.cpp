#include "transport/spool.hpp"

#include "spool_support.hpp"

#include <sys/stat.h>

namespace picket::transport {
namespace {

TEST_SUITE("transport/spool") {
  TEST_CASE("what is stored comes out again, the most valuable first, of equals the oldest") {
    SpoolWorld world;
    const auto spool = world.open();
    for (const auto& [number, category] : {std::pair{1U, DataCategory::log_item},
                                           {2U, DataCategory::error},
                                           {3U, DataCategory::transaction},
                                           {4U, DataCategory::session},
                                           {5U, DataCategory::feedback},
                                           {6U, DataCategory::error}}) {
      CHECK(world.store(*spool, number, category));
      world.hands->advance(std::chrono::milliseconds(1));
    }
    CHECK(spool->figures().items == 6);
    CHECK(world.drain(*spool) == Numbers{2, 5, 6, 4, 3, 1});
    CHECK(spool->figures().items == 0);
    CHECK(spool->figures().bytes == 0);
    CHECK(world.files().empty());  // a segment in which nothing is alive is removed
    CHECK(world.lost.empty());
  }

  TEST_CASE("an envelope keeps its header, its items, its quantities and what it reported") {
    SpoolWorld world;
    const auto spool = world.open();
    protocol::OutgoingEnvelope stored(
        {.event_id = event_id(7), .dsn = "https://k@h/1", .trace = R"({"trace_id":"1"})"});
    stored.add_item("event", "{}", {{DataCategory::error, 1}});
    stored.add_item("attachment", std::string("\0\n\xFF", 3), {{DataCategory::attachment, 3}});
    stored.add_item("attachment", "more", {{DataCategory::attachment, 4}});
    const std::vector<Loss> reported{{DiscardReason::before_send, DataCategory::error, 9}};
    REQUIRE(spool->store(stored, 5, DataCategory::error, reported, world.lost));

    const auto parcel = spool->take(kAll, world.lost);
    REQUIRE(parcel);
    const WallTime now = world.hands->wall();
    CHECK(parcel->envelope.to_bytes(now) == stored.to_bytes(now));
    CHECK(parcel->envelope.quantities() ==
          std::vector<Quantity>{{DataCategory::error, 1}, {DataCategory::attachment, 7}});
    CHECK(parcel->reported == reported);
  }

  TEST_CASE("nothing on disk says when it was sent") {  // C037
    SpoolWorld world;
    const auto spool = world.open();
    world.store(*spool, 1);
    for (const std::string& path : world.files()) {
      CHECK(read_file(path).find("sent_at") == std::string::npos);
    }
    CHECK(spool->take(kAll, world.lost)->envelope.to_bytes(world.hands->wall()).find("sent_at") !=
          std::string::npos);
  }

  TEST_CASE("a category that may not go waits, one that was put back is the next again") {
    SpoolWorld world;
    const auto spool = world.open();
    world.store(*spool, 1, DataCategory::error);
    world.store(*spool, 2, DataCategory::transaction);
    world.store(*spool, 3, DataCategory::error);

    const auto lesser =
        spool->take([](DataCategory c) { return c != DataCategory::error; }, world.lost);
    REQUIRE(lesser);
    CHECK(number_of(lesser->envelope.header().event_id) == 2);
    CHECK_FALSE(spool->take([](DataCategory c) { return c != DataCategory::error; }, world.lost));

    const auto first = spool->take(kAll, world.lost);
    const auto second = spool->take(kAll, world.lost);
    CHECK_FALSE(spool->take(kAll, world.lost));
    CHECK(spool->figures().items == 3);  // taken ones are still there
    spool->put_back(second->id);
    spool->put_back(first->id);
    spool->put_back(first->id);  // says nothing new
    CHECK(world.drain(*spool) == Numbers{1, 3});
  }

  TEST_CASE("everything is made for this user alone") {  // P7.13
    SpoolWorld world;
    const auto former = ::umask(0);
    const auto spool = world.open();
    world.store(*spool, 1);
    ::umask(former);
    struct stat status {};
    REQUIRE(::stat(world.settings.directory.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    for (const std::string& path : world.files("")) {
      CAPTURE(path);
      REQUIRE(::stat(path.c_str(), &status) == 0);
      CHECK((status.st_mode & 0777) == 0600);
    }
  }

  TEST_CASE("a directory that cannot be used is named with the cause and what to do") {
    SpoolWorld world;
    write_file(world.directory.path("file"), "");
    for (const std::string& path :
         {world.directory.path("file"), world.directory.path("file/below"),
          std::string("/proc/picket"), std::string("/proc"), std::string()}) {
      CAPTURE(path);
      world.settings.directory = path;
      const auto opened = Spool::open(world.settings);
      REQUIRE_FALSE(opened.has_value());
      CHECK(opened.error().code == Errc::unavailable);
      CHECK(opened.error().message.find("'" + path + "': ") != std::string::npos);
      CHECK(opened.error().message.find("Options::spool_directory") != std::string::npos);
    }
  }

  TEST_CASE("the next process takes over what the last one stored, and its end is remembered") {
    SpoolWorld world;
    {
      const auto spool = world.open();
      for (std::uint32_t number = 1; number <= 5; ++number) world.store(*spool, number);
      const auto parcel = spool->take(kAll, world.lost);
      spool->remove(parcel->id);
      CHECK(spool->take(kAll, world.lost));  // under way when the process ends
    }
    const auto spool = world.open();
    CHECK(spool->figures().items == 0);
    CHECK(spool->figures().bytes_read == 0);
    const auto found = spool->take_over(world.lost);
    REQUIRE(found);
    CHECK(found->envelopes == 4);
    CHECK(found->damaged == 0);
    CHECK(found->quantities == std::vector<Quantity>{{DataCategory::error, 4}});
    CHECK_FALSE(spool->take_over(world.lost));
    CHECK(world.drain(*spool) == Numbers{2, 3, 4, 5});
    CHECK(world.files().empty());
    CHECK(world.lost.empty());
  }

  TEST_CASE("what is stored for another DSN is left alone") {
    SpoolWorld world;
    { world.store(*world.open(), 1); }
    world.settings.dsn = "https://k@h/2";
    const auto spool = world.open();
    CHECK(world.take_over(*spool) == 0);
    CHECK(world.files().size() == 1);
  }
}

}  // namespace
}  // namespace picket::transport
