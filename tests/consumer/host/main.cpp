// A host with designated initializers; it is compiled under strict warnings.

#include <cstdio>
#include <picket/picket.hpp>

int main() {
  const picket::Options options{.dsn = "https://key@127.0.0.1:9/1", .release = "shop@1.4.0"};
  if (options.release.empty() || picket::parse_level("warning") != picket::Level::warning) {
    std::puts("the library does not answer");
    return 1;
  }
  return 0;
}
