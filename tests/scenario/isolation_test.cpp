// Many threads, each with an isolation scope of its own per unit of work: nothing of one may ever
// be seen on an event of another.

#include "picket/envelope.hpp"
#include "picket/json.hpp"
#include "picket/picket.hpp"
#include "picket/transport.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace picket {
namespace {

constexpr int kThreads = 64;
#if defined(__SANITIZE_THREAD__)
constexpr int kCaptures = 2000;
#else
constexpr int kCaptures = 500;  // each takes its time without optimisation
#endif

/// Checks each event as it comes: its message names the owner of all it may carry.
class Inspector final : public Transport {
 public:
  TransportResponse send(std::string_view envelope) override {
    const auto parsed = Envelope::parse(envelope);
    const EnvelopeItem* const item = parsed ? parsed->find("event") : nullptr;
    if (item == nullptr) return {.status = 200};
    const auto event = parse_json(item->payload);
    if (event && is_pure(*event)) {
      ++pure;
    } else {
      ++foreign;
    }
    return {.status = 200};
  }

  std::atomic<int> pure = 0;
  std::atomic<int> foreign = 0;

 private:
  static bool is_pure(const Value& event) {
    const std::string owner(event.at("logentry.formatted").text_or(""));
    if (event.at("tags.owner").text_or("") != owner) return false;
    if (event.at("user.id").text_or("") != owner) return false;
    if (event.at("contexts.work.owner").text_or("") != owner) return false;
    const List* const crumbs = event.at("breadcrumbs.values").as_list();
    if (crumbs == nullptr || crumbs->size() != 3) return false;
    for (const Value& crumb : *crumbs) {
      if (crumb.at("message").text_or("") != owner) return false;
      if (crumb.at("data.owner").text_or("") != owner) return false;
    }
    return true;
  }
};

void unit_of_work(const std::string& owner) {
  const ScopeGuard isolated = isolate();
  set_tag("owner", owner);
  set_user({.id = owner});
  set_context("work", {{"owner", owner}});
  for (int i = 0; i < 3; ++i) add_breadcrumb(owner, {.data = {{"owner", owner}}});
  capture_message(owner);
}

TEST_SUITE("scenario/isolation") {
  TEST_CASE("64 threads with hundreds of captures each never see each other's data") {
    const auto inspector = std::make_shared<Inspector>();
    Options options;
    options.dsn = "http://key@localhost:9/1";
    options.transport = inspector;
    options.max_queue_items = 100'000;
    options.max_queue_bytes = 512U << 20U;
    const Guard guard = init(options);
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([t] {
          for (int i = 0; i < kCaptures; ++i) {
            unit_of_work(std::to_string(t) + "/" + std::to_string(i));
          }
        });
      }
    }
    CHECK(flush(std::chrono::minutes(4)));
    const CategoryStats errors = stats().errors();
    CHECK(errors.captured == kThreads * kCaptures);
    CHECK(errors.captured == errors.sent + errors.dropped_total() + errors.pending);
    CHECK(inspector->foreign == 0);
    CHECK(inspector->pure == static_cast<int>(errors.sent));
    CHECK(errors.sent > 0);
  }
}

}  // namespace
}  // namespace picket
