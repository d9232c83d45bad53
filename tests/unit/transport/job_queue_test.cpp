#include "transport/job_queue.hpp"

#include <doctest/doctest.h>
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

  void push(char name, DataCategory category, std::size_t bytes = 1) {
    JobQueue::Entry entry{std::make_unique<NamedJob>(name), {category, 1}, {}, bytes, ++ticket};
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
  TEST_CASE("jobs come out in the order in which they came in, whatever they are") {
    Fixture f{JobQueue(9, 99)};
    f.push('a', DataCategory::log_item);
    f.push('b', DataCategory::error);
    f.push('c', DataCategory::log_item);
    f.push('d', DataCategory::transaction);
    CHECK(f.queue.oldest() == 1);
    CHECK(f.drain() == "abcd");
    CHECK(f.queue.oldest() == JobQueue::kNone);
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
    CHECK(f.drain() == "defg");
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
