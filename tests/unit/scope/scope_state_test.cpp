#include "scope/scope_state.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace picket::scope {
namespace {

constexpr WallTime kNoon{std::chrono::hours(12)};

void set_transaction(ScopeState& state, std::string name) {
  state.edit([&](ScopeData& data) { data.transaction_name = std::move(name); });
}

tracing::Trace a_trace() { return tracing::new_trace(0.5); }

TEST_SUITE("scope/scope_state") {
  TEST_CASE("a snapshot does not see later edits") {
    ScopeState state;
    CHECK_FALSE(state.snapshot().data);
    set_transaction(state, "first");
    const ScopeSnapshot snapshot = state.snapshot();
    set_transaction(state, "second");
    state.add_breadcrumb(kNoon, "note", {}, 100);
    CHECK(snapshot.data->transaction_name == "first");
    CHECK(snapshot.breadcrumbs.size() == 0);
    CHECK(state.snapshot().data->transaction_name == "second");
  }

  TEST_CASE("an edit works in place while nobody else holds the data") {
    ScopeState state;
    set_transaction(state, "first");
    const ScopeData* const before = state.snapshot().data.get();
    set_transaction(state, "second");
    CHECK(state.snapshot().data.get() == before);
    const ScopeSnapshot held = state.snapshot();
    set_transaction(state, "third");
    CHECK(state.snapshot().data.get() != before);
  }

  TEST_CASE("a fork and its origin change independently") {  // S5.11
    ScopeState parent;
    set_transaction(parent, "shared");
    parent.add_breadcrumb(kNoon, "shared", {}, 100);
    const auto child = parent.fork();
    CHECK(child->snapshot().data == parent.snapshot().data);
    CHECK(child->snapshot().breadcrumbs.size() == 1);

    set_transaction(*child, "child");
    child->add_breadcrumb(kNoon, "child", {}, 100);
    CHECK(parent.snapshot().data->transaction_name == "shared");
    CHECK(parent.snapshot().breadcrumbs.size() == 1);

    set_transaction(parent, "parent");
    parent.clear_breadcrumbs();
    CHECK(child->snapshot().data->transaction_name == "child");
    CHECK(child->snapshot().breadcrumbs.size() == 2);
  }

  TEST_CASE("a scope has one trace, a fork another") {  // P4.10
    ScopeState state;
    const tracing::Trace trace = state.trace(a_trace);
    CHECK(trace.trace_id != base::TraceId{});
    CHECK(trace.span_id != base::SpanId{});
    CHECK(state.trace(a_trace).trace_id == trace.trace_id);
    CHECK(state.trace(a_trace).span_id == trace.span_id);
    CHECK(state.fork()->trace(a_trace).trace_id != trace.trace_id);
  }

  TEST_CASE("the first transaction takes the scope's own trace, later ones get new ones") {
    ScopeState state;
    const tracing::Trace own = state.trace(a_trace);
    CHECK(state.trace_for_transaction(a_trace).trace_id == own.trace_id);
    const tracing::Trace second = state.trace_for_transaction(a_trace);
    CHECK(second.trace_id != own.trace_id);
    CHECK(state.trace(a_trace).trace_id == second.trace_id);  // errors go with the newest
  }

  TEST_CASE("a trace that came from elsewhere is continued by all transactions") {  // P4.18
    ScopeState state;
    tracing::Trace upstream = a_trace();
    upstream.is_continued = true;
    state.set_trace(upstream);
    CHECK(state.trace_for_transaction(a_trace).trace_id == upstream.trace_id);
    CHECK(state.trace_for_transaction(a_trace).trace_id == upstream.trace_id);
  }

  TEST_CASE("clearing keeps event processors and the trace") {  // C160, P7.3
    ScopeState state;
    const tracing::Trace trace = state.trace(a_trace);
    set_transaction(state, "name");
    state.add_breadcrumb(kNoon, "note", {}, 100);
    state.edit([](ScopeData& data) {
      data.processors.push_back(std::make_shared<const EventProcessor>());
    });
    state.clear();
    const ScopeSnapshot snapshot = state.snapshot();
    CHECK(snapshot.data->transaction_name.empty());
    CHECK(snapshot.data->processors.size() == 1);
    CHECK(snapshot.breadcrumbs.size() == 0);
    CHECK(state.trace(a_trace).trace_id == trace.trace_id);
  }

  TEST_CASE("a rethrown exception is known by the id of its first capture") {  // S4.6
    ScopeState state;
    const EventId id = base::new_event_id();
    try {
      try {
        throw std::runtime_error("lost");
      } catch (...) {
        CHECK(state.id_of(std::current_exception()).is_nil());
        state.remember(id, std::current_exception());
        throw;
      }
    } catch (const std::exception&) {
      CHECK(state.id_of(std::current_exception()) == id);
    }
    CHECK(state.id_of(std::make_exception_ptr(std::runtime_error("lost"))).is_nil());
    CHECK(state.id_of(nullptr).is_nil());
    CHECK(state.last_event_id() == id);
    CHECK(state.fork()->last_event_id().is_nil());
  }

  TEST_CASE("the next capture forgets the exception but not to say its own id") {  // S4.6
    ScopeState state;
    const auto exception = std::make_exception_ptr(1);
    state.remember(base::new_event_id(), exception);
    const EventId message = base::new_event_id();
    state.remember(message, nullptr);
    CHECK(state.id_of(exception).is_nil());
    CHECK(state.last_event_id() == message);
  }

  // An object of the host whose destructor comes back to the scope that held it.
  struct Nosy {
    explicit Nosy(ScopeState& s, int& seen) : state(&s), destroyed(&seen) {}
    Nosy(const Nosy&) = delete;
    Nosy& operator=(const Nosy&) = delete;
    ~Nosy() {
      static_cast<void>(state->snapshot());
      ++*destroyed;
    }
    ScopeState* state;
    int* destroyed;
  };

  TEST_CASE("what a scope lets go of is destroyed outside its lock") {
    int destroyed = 0;
    ScopeState state;
    auto nosy = std::make_shared<Nosy>(state, destroyed);
    state.remember(base::new_event_id(), std::make_exception_ptr(std::move(nosy)));
    CHECK(destroyed == 0);
    state.remember({}, nullptr);
    CHECK(destroyed == 1);
  }
}

}  // namespace
}  // namespace picket::scope
