#include "picket/tracing.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket {
namespace {

TEST_SUITE("tracing/incoming_trace") {
  TEST_CASE("names are known in any letter case, others are passed over") {
    IncomingTrace incoming;
    incoming.add("Host", "a.host");
    incoming.add("SENTRY-TRACE", "one");
    incoming.add("TraceParent", "two");
    incoming.add("Baggage", "a=1");
    incoming.add("sentry-trace-2", "three");
    incoming.add("", "four");
    CHECK(incoming.sentry_trace() == "one");
    CHECK(incoming.traceparent() == "two");
    CHECK(incoming.baggage() == "a=1");
  }

  TEST_CASE("nothing came: all is empty") {
    const IncomingTrace incoming;
    CHECK(incoming.sentry_trace().empty());
    CHECK(incoming.traceparent().empty());
    CHECK(incoming.baggage().empty());
  }

  TEST_CASE("of headers that come once the first that says something counts") {
    IncomingTrace incoming;
    incoming.add("sentry-trace", "  ");
    incoming.add("sentry-trace", " first ");
    incoming.add("sentry-trace", "second");
    incoming.add("traceparent", "first");
    incoming.add("traceparent", "second");
    CHECK(incoming.sentry_trace() == "first");
    CHECK(incoming.traceparent() == "first");
  }

  TEST_CASE("several baggage headers count as one") {  // P4.9
    IncomingTrace incoming;
    incoming.add("baggage", "a=1,b=2");
    incoming.add("baggage", "");
    incoming.add("BAGGAGE", " c=3 ");
    CHECK(incoming.baggage() == "a=1,b=2,c=3");
  }

  TEST_CASE("baggage headers beyond the eighth are passed over, empty ones do not count") {
    IncomingTrace incoming;
    for (int i = 0; i < 20; ++i) {
      incoming.add("baggage", " ");
      incoming.add("baggage", "a=1");
    }
    CHECK(incoming.baggage() == "a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1");
    static_assert(IncomingTrace::kMaxBaggageHeaders == 8);
  }
}

}  // namespace
}  // namespace picket
