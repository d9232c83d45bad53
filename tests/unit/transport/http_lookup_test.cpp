// A name server that does not answer. The lookup of this program is in the place of the system's.

#include "support/child_process.hpp"
#include "transport/http_transport.hpp"
#include "unit/transport/courier_steps.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>

namespace {

constexpr const char* kStuckHost = "stuck.invalid";

std::atomic<bool> stuck{false};  // one lookup hangs in here
std::atomic<bool> let_go{false};

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (node != nullptr && std::strcmp(node, kStuckHost) == 0) {
    stuck = true;
    picket::test::eventually([] { return let_go.load(); });
    return EAI_NONAME;
  }
  using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto system = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return system(node, service, hints, found);
}

namespace picket::transport {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("transport/http_lookup") {
  TEST_CASE("an interrupt, and the end of the courier, do not wait for a name lookup") {
    auto courier = make_http_courier(Dsn::parse("http://key@stuck.invalid/42").value(), {});
    REQUIRE(courier);
    (*courier)->send(1, "{}\n");
    std::vector<Courier::Arrival> none;
    CHECK(test::eventually([&] {
      (*courier)->wait(base::deadline_in(1ms), none);
      return stuck.load();
    }));
    CHECK(none.empty());
    const auto start = std::chrono::steady_clock::now();
    (*courier)->interrupt();
    CHECK(await(**courier, 1).at(1).error == "interrupted");
    courier->reset();
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    let_go = true;
  }
}

}  // namespace
}  // namespace picket::transport
