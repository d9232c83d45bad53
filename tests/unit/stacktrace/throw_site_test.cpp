#include "stacktrace/throw_site.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

namespace picket::stacktrace {
namespace {

const void* known = nullptr;

std::size_t tell_three(const void* object, const std::type_info& type,
                       std::span<std::uintptr_t> addresses) noexcept {
  if (object != known || type != typeid(std::runtime_error)) return 0;
  std::fill_n(addresses.begin(), 3, 17U);
  return 3;
}

/// Nobody is asked when a test ends.
struct Lent {
  explicit Lent(FindThrowSite find) { lend_throw_sites(find); }
  ~Lent() { lend_throw_sites(nullptr); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
};

TEST_SUITE("stacktrace/throw_site") {
  TEST_CASE("without somebody who looks at throws no throw site is known") {  // P7.9
    Addresses addresses;
    CHECK_FALSE(knows_throw_sites());
    CHECK_FALSE(find_throw_site(std::make_exception_ptr(1), addresses));
    CHECK(addresses.size == 0);
  }

  TEST_CASE("the stack of an exception is asked for by object and type") {  // P7.9
    const Lent lent(&tell_three);
    const std::exception_ptr error = std::make_exception_ptr(std::runtime_error("x"));
    known = inspect(error).object;
    Addresses addresses;
    CHECK(knows_throw_sites());
    CHECK(find_throw_site(error, addresses));
    CHECK(addresses.size == 3);
    CHECK(addresses.values[0] == 17);

    CHECK_FALSE(find_throw_site(known, typeid(int), addresses));
    CHECK(addresses.size == 0);
    CHECK_FALSE(find_throw_site(std::exception_ptr(), addresses));
  }
}

}  // namespace
}  // namespace picket::stacktrace
