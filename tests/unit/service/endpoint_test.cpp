#include "service/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::service {
namespace {

TEST_SUITE("service/endpoint") {
  TEST_CASE("an address loses its secrets and its query string") {  // S4.10
    struct Row {
      const char* name;
      const char* given;
      const char* bare;
    };
    const Row rows[] = {
        {"a path", "/users/7", "/users/7"},
        {"a path with a query", "/users?token=abc", "/users"},
        {"a URL", "https://api.shop.local/v1/users", "https://api.shop.local/v1/users"},
        {"user and password", "https://me:secret@shop.local/v1", "https://shop.local/v1"},
        {"an at sign in the password", "https://me:se@cret@shop.local/", "https://shop.local/"},
        {"an at sign in the path", "https://shop.local/@me", "https://shop.local/@me"},
        {"a fragment", "https://shop.local/a#token=b", "https://shop.local/a"},
        {"a URL in the query", "/go?to=https://a:b@c/", "/go"},
        {"nothing", "", ""},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const BareEndpoint bare = bare_endpoint(row.given);
      CHECK(std::string(bare.scheme) + std::string(bare.rest) == row.bare);
    }
  }
}

}  // namespace
}  // namespace picket::service
