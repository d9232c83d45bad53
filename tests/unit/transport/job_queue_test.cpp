#include "transport/job_queue.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <string>

namespace picket::transport {
namespace {

using protocol::DataCategory;

class NamedJob final : public Job {
 public:
  explicit NamedJob(char letter) : name(letter) {}
  [[nodiscard]] protocol::Quantity quantity() const noexcept override { return {}; }
  [[nodiscard]] std::size_t size_bytes() const noexcept override { return 0; }
  std::optional<protocol::OutgoingEnvelope> prepare() override { return std::nullopt; }
  const char name;
};

struct Fixture {
  JobQueue queue;
  std::vector<JobQueue::Entry> leaving{};
  std::uint64_t ticket = 0;

  void push(char name, DataCategory category, std::size_t bytes = 1, bool fatal = false) {
    JobQueue::Entry entry{std::make_unique<NamedJob>(name), {category, 1}, {}, bytes, ++ticket};
    entry.priority = fatal ? protocol::kFatalPriority : protocol::priority_of(category);
    queue.push(entry, leaving);
    CHECK_FALSE(entry.job);
  }
  static char name_of(const JobQueue::Entry& entry) {
    return static_cast<const NamedJob&>(*entry.job).name;
  }
  [[nodiscard]] std::string left() const {
    std::string names;
    for (const auto& entry : leaving) names += name_of(entry);
    return names;
  }
  std::string drain() {
    std::string names;
    while (auto entry = queue.pop()) names += name_of(*entry);
    return names;
  }
};

TEST_SUITE("transport/job_queue") {
  TEST_CASE("jobs of a category come out in the order in which they came in") {
    Fixture f{JobQueue(9, 99)};
    for (const char name : {'a', 'b', 'c', 'd'}) f.push(name, DataCategory::log_item);
    CHECK(f.queue.oldest() == 1);
    CHECK(f.drain() == "abcd");
    CHECK(f.queue.oldest() == JobQueue::kNone);
  }

  TEST_CASE("categories take turns by weight, so that none starves another") {  // P7.7
    Fixture f{JobQueue(99, 999)};
    for (int i = 0; i < 20; ++i) {
      f.push('l', DataCategory::log_item);
      f.push('t', DataCategory::transaction);
      f.push('e', DataCategory::error);
    }
    const std::string order = f.drain();
    const std::string round = order.substr(0, 20);  // weights 5, 3 and 2: two rounds
    CHECK(std::count(round.begin(), round.end(), 'e') == 10);
    CHECK(std::count(round.begin(), round.end(), 't') == 6);
    CHECK(std::count(round.begin(), round.end(), 'l') == 4);
    CHECK(order.substr(0, 3).find('l') != std::string::npos);  // spread out, not block by block
    CHECK(order.size() == 60);
  }

  TEST_CASE("a lane that was empty has saved no turns") {
    Fixture f{JobQueue(99, 999)};
    for (int i = 0; i < 30; ++i) f.push('e', DataCategory::error);
    for (int i = 0; i < 10; ++i) REQUIRE(f.queue.pop());
    for (int i = 0; i < 6; ++i) f.push('l', DataCategory::log_item);
    std::string next;
    for (int i = 0; i < 7; ++i) next += Fixture::name_of(*f.queue.pop());
    CHECK(std::count(next.begin(), next.end(), 'l') == 2);
  }

  TEST_CASE("fatal events come first and find room that is kept for them") {
    Fixture f{JobQueue(32, 3200)};
    for (int i = 0; i < 32; ++i) f.push('e', DataCategory::error);
    CHECK(f.queue.size() == 30);  // the last sixteenth stays free
    f.push('x', DataCategory::error, 1, true);
    f.push('y', DataCategory::error, 1, true);
    CHECK(f.queue.size() == 32);
    f.push('z', DataCategory::error, 1, true);  // and pushes out an error when that is used up
    CHECK(f.left() == "eee");
    CHECK(f.drain().substr(0, 4) == "xyze");
    for (int i = 0; i < 3; ++i) f.push('e', DataCategory::error, 1000);
    CHECK(f.queue.size() == 3);
    f.push('e', DataCategory::error, 100);  // bytes are kept as well
    CHECK(f.queue.size() == 3);
    f.push('x', DataCategory::error, 200, true);
    CHECK(f.queue.size() == 4);
  }

  TEST_CASE("by value: the most valuable first, of equals the oldest, up to a ticket") {
    Fixture f{JobQueue(99, 999)};
    f.push('a', DataCategory::log_item);
    f.push('b', DataCategory::feedback);
    f.push('c', DataCategory::error);
    f.push('d', DataCategory::transaction);
    f.push('e', DataCategory::error);
    std::string names;
    while (auto entry = f.queue.pop_most_valuable(4)) names += Fixture::name_of(*entry);
    CHECK(names == "bcda");
    CHECK(f.drain() == "e");
  }

  TEST_CASE("a full queue gives up its newest job of least value") {  // architecture 8.4
    Fixture f{JobQueue(4, 99)};
    f.push('a', DataCategory::log_item);
    f.push('b', DataCategory::transaction);
    f.push('c', DataCategory::log_item);
    f.push('d', DataCategory::error);
    f.push('e', DataCategory::error);
    CHECK(f.left() == "c");
    f.push('f', DataCategory::session);
    CHECK(f.left() == "ca");
    f.push('g', DataCategory::feedback);
    CHECK(f.left() == "cab");
    CHECK(f.queue.size() == 4);
    std::string kept = f.drain();
    std::sort(kept.begin(), kept.end());
    CHECK(kept == "defg");
  }

  TEST_CASE("of equals the new one goes, and it does not push out what is worth more") {  // C164
    Fixture f{JobQueue(2, 99)};
    f.push('a', DataCategory::error);
    f.push('b', DataCategory::error);
    f.push('c', DataCategory::error);
    f.push('d', DataCategory::log_item);
    CHECK(f.left() == "cd");
    CHECK(f.drain() == "ab");
  }

  TEST_CASE("bytes are bounded, and nobody leaves in vain") {
    Fixture f{JobQueue(9, 10)};
    f.push('a', DataCategory::log_item, 4);
    f.push('b', DataCategory::error, 4);
    f.push('c', DataCategory::log_item, 2);
    f.push('d', DataCategory::error, 7);  // even without the logs there is no room
    CHECK(f.left() == "d");
    f.push('e', DataCategory::error, 3);
    CHECK(f.left() == "dca");
    f.push('f', DataCategory::error, 3);
    f.push('g', DataCategory::error, 1);
    f.push('h', DataCategory::error, static_cast<std::size_t>(-1));
    CHECK(f.left() == "dcagh");
    CHECK(f.drain() == "bef");
    f.push('i', DataCategory::error, 10);
    CHECK(f.drain() == "i");
  }
}

}  // namespace
}  // namespace picket::transport
