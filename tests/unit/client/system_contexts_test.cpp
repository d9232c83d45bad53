#include "client/system_contexts.hpp"

#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace picket::client {
namespace {

TEST_SUITE("client/system_contexts") {
  TEST_CASE("a kernel release is split into version and build") {  // P3.19
    struct Row {
      const char* release;
      const char* version;
      const char* build;
    };
    const Row rows[] = {
        {"6.8.0-41-generic", "6.8.0", "41-generic"},
        {"6.1.0", "6.1.0", ""},
        {"5.10.0.7-x", "5.10.0", "7-x"},
        {"6.1-rc3", "6.1", "rc3"},
        {"weird", "", "weird"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.release);
      const Value os(os_context("Linux", row.release, ""));
      CHECK(os.at("name") == Value("Linux"));
      CHECK(os.at("version").text_or("") == row.version);
      CHECK(os.at("build").text_or("") == row.build);
    }
  }

  TEST_CASE("the distribution comes from the os-release file, quoted or not") {
    const Value os(os_context("Linux", "6.1.0",
                              "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"
                              "VERSION_ID='12'\nID_LIKE=no\n"));
    CHECK(os.at("distribution.name") == Value("debian"));
    CHECK(os.at("distribution.version") == Value("12"));
    CHECK(os.at("distribution.pretty_name") == Value("Debian GNU/Linux 12 (bookworm)"));
  }

  TEST_CASE("nothing personal is among the contexts") {  // S14.1
    std::string all;
    for (const auto& [name, facts] : read_system_contexts().contexts) {
      all += name + to_json(Value(facts));
    }
    std::array<char, 256> host{};
    REQUIRE(gethostname(host.data(), host.size()) == 0);
    CHECK(all.find(host.data()) == std::string::npos);
    if (const char* const user = std::getenv("HOME")) {
      CHECK(all.find(user) == std::string::npos);
    }
    CHECK(all.find("processor_count") != std::string::npos);
  }
}

}  // namespace
}  // namespace picket::client
