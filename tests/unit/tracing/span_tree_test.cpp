#include "tracing/span_tree.hpp"

#include "base/diagnostics.hpp"
#include "picket/tracing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace picket::tracing {
namespace {

class Tree final : public SpanTree {
 public:
  using SpanTree::SpanTree;

  int ends = 0;
  SpanCounts counts{};
  int ignored = 0;

 private:
  void on_end(const SpanCounts& seen) override {
    ++ends;
    counts = seen;
  }
  void on_ignored() noexcept override { ++ignored; }
};

std::shared_ptr<Tree> make_tree(TracePolicy policy = {}) {
  return std::make_shared<Tree>(std::make_shared<const TracePolicy>(std::move(policy)));
}

TreeStart sampled_start() {
  TreeStart start;
  start.trace = new_trace(0.5);
  start.sampled = true;
  start.sample_rate = 1.0;
  start.is_recording = true;
  return start;
}

Event event_of(const Tree& tree) {
  Event event;
  tree.describe(event);
  return event;
}

TEST_SUITE("tracing/span_tree") {
  TEST_CASE("the end of the root is told once, with what became of the children") {
    const auto tree = make_tree({.max_spans = 2});
    tree->begin(sampled_start(), {.name = "x"});
    const auto first = tree->start_child(kRoot, {.op = "first"});
    tree->start_child(kRoot, {.op = "never ends"});
    const auto excess = tree->start_child(kRoot, {.op = "one too many"});
    REQUIRE(excess);
    CHECK(excess->index == kUnrecorded);
    tree->end(first->index, false, {});
    tree->end(kRoot, false, {});
    tree->end(kRoot, true, {});
    CHECK(tree->ends == 1);
    CHECK(tree->counts.ended == 1);
    CHECK(tree->counts.unfinished == 1);
    CHECK(tree->counts.over_limit == 1);
  }

  TEST_CASE("whoever hears of too many spans may use the transaction") {
    const auto tree = make_tree({.max_spans = 0});
    tree->begin(sampled_start(), {.name = "x"});
    int told = 0;
    diag::configure(Level::debug, [&](Level, std::string_view) {
      ++told;
      tree->set_name("told", TransactionSource::custom);
    });
    for (int i = 0; i < 2; ++i) tree->start_child(kRoot, {.op = "one too many"});
    diag::configure(Level::warning, {});
    CHECK(told == 1);
    tree->end(kRoot, false, {});
    CHECK(event_of(*tree).transaction == "told");
  }

  TEST_CASE("a child of a span that has ended hangs on the nearest that has not") {
    const auto tree = make_tree();
    tree->begin(sampled_start(), {.name = "x"});
    const auto outer = tree->start_child(kRoot, {.op = "outer"});
    const auto inner = tree->start_child(outer->index, {.op = "inner"});
    tree->end(inner->index, false, {});
    const auto late = tree->start_child(inner->index, {.op = "late"});
    tree->end(late->index, false, {});
    tree->end(outer->index, false, {});
    tree->end(kRoot, false, {});
    const Event event = event_of(*tree);
    REQUIRE(event.spans.size() == 3);
    CHECK(event.spans[2].parent_span_id == event.spans[0].span_id);
  }

  TEST_CASE("a tree that does not record counts its children and keeps nothing") {
    const auto tree = make_tree();
    TreeStart start = sampled_start();
    start.sampled = false;
    start.is_recording = false;
    tree->begin(std::move(start), {.name = "x"});
    for (int i = 0; i < 5; ++i) CHECK(tree->start_child(kRoot, {.op = "y"})->index == kUnrecorded);
    bool touched = false;
    tree->edit(kRoot, [&](SpanStore&) { touched = true; });
    CHECK_FALSE(touched);
    tree->end(kRoot, false, {});
    CHECK(tree->counts.unrecorded == 5);
  }

  TEST_CASE("a tree may begin anew") {
    const auto tree = make_tree();
    for (int round = 0; round < 3; ++round) {
      tree->begin(sampled_start(), {.op = "o", .name = "x", .data = {{"round", round}}});
      tree->end(tree->start_child(kRoot, {.op = "child"})->index, false, {});
      tree->end(kRoot, false, {});
      const Event event = event_of(*tree);
      CHECK(event.spans.size() == 1);
      CHECK(*event.trace->data.find("round") == Value(round));
    }
    CHECK(tree->ends == 3);
  }

  TEST_CASE("the context of a transaction inside another is that of the outer one") {  // P4.8
    const auto outer = make_tree();
    outer->begin(sampled_start(), {.name = "outer"});
    const auto inner = make_tree();
    TreeStart start = sampled_start();
    start.trace = outer->trace();
    start.around = outer;
    inner->begin(std::move(start), {.name = "inner"});
    CHECK(inner->frozen_context()->find("transaction") == "outer");
    CHECK(inner->frozen_context() == outer->frozen_context());
  }

  TEST_CASE("threads may start, describe and end children of one transaction at once") {
    const auto tree = make_tree({.max_spans = 10'000});
    tree->begin(sampled_start(), {.name = "x"});
    std::atomic<int> recorded{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const auto span = tree->start_child(kRoot, {.op = "work", .data = {{"i", i}}});
          tree->edit(span->index, [&](SpanStore& store) {
            store.add_fact(span->index, SpanStore::FactKind::tag, "t", "value");
          });
          static_cast<void>(tree->link({.tree = tree, .id = span->id, .index = span->index}));
          static_cast<void>(tree->headers(span->id, {}));
          tree->end(span->index, false, {});
          recorded += span->index != kUnrecorded ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    tree->end(kRoot, false, {});
    CHECK(recorded == 800);
    const Event event = event_of(*tree);
    REQUIRE(event.spans.size() == 800);
    for (const SpanData& span : event.spans) {
      CHECK(span.parent_span_id == event.trace->span_id);
      CHECK(span.data.size() == 2);  // and how long it took
      CHECK(span.tags.size() == 1);
    }
  }
}

}  // namespace
}  // namespace picket::tracing
