#include "stacktrace/in_app.hpp"

#include <optional>
#include <span>
#include <string>

#include <doctest/doctest.h>

namespace picket::stacktrace {
namespace {

constexpr const char* kExecutable = "/opt/shop/bin/shopd";

struct Row {
  std::string name;
  Frame frame;
  Binary binary;
  std::optional<bool> expected;
};

void check(const InAppRules& rules, std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(in_app(rules, row.frame, row.binary) == row.expected);
  }
}

TEST_SUITE("stacktrace/in_app") {
  TEST_CASE("without rules the kind of code decides") {  // P7.9
    const auto in = [](const char* function, const char* package) {
      return Frame{.function = function, .package = package};
    };
    const Row rows[] = {
        {"executable", in("shop::pay", kExecutable), Binary::executable, true},
        {"executable, unnamed", in("", kExecutable), Binary::executable, true},
        {"executable in /usr/lib", in("main", "/usr/lib/shop/shopd"), Binary::executable, true},
        {"std in it", in("std::sort", kExecutable), Binary::executable, false},
        {"start code in it", in("_start", kExecutable), Binary::executable, false},
        {"runtime in it", in("__cxa_throw", kExecutable), Binary::executable, false},
        {"picket in it", in("picket::init", kExecutable), Binary::executable, false},
        {"a name like ours", in("picketing::plan", kExecutable), Binary::executable, true},
        {"own library", in("plugin::run", "/opt/shop/lib/plugin.so"), Binary::library, true},
        {"local library", in("x", "/usr/local/lib/libx.so"), Binary::library, true},
        {"/lib", in("puts", "/lib/x86_64-linux-gnu/libc.so.6"), Binary::library, false},
        {"/usr/lib", in("puts", "/usr/lib/libc.so.6"), Binary::library, false},
        {"/lib64", in("puts", "/lib64/libc.so.6"), Binary::library, false},
        {"/usr/lib64", in("puts", "/usr/lib64/libc.so.6"), Binary::library, false},
        {"/library", in("x", "/library/libx.so"), Binary::library, true},
        {"nothing known", in("", ""), Binary::unknown, std::nullopt},
        {"runtime name alone", in("std::sort", ""), Binary::unknown, false},
        {"own stripped library", in("", "/opt/libpicket.so.0"), Binary::library, false},
    };
    check({}, rows);
  }

  TEST_CASE("rules beat the kind, and include beats exclude") {  // P7.9
    const InAppRules rules{.include = {"std::shop", "vendor::ours", "/usr/lib/shop/"},
                           .exclude = {"vendor", "shop::generated", "/opt/third/", ""}};
    const auto in = [](const char* function, const char* module, const char* package) {
      return Frame{.function = function, .module = module, .package = package};
    };
    const Row rows[] = {
        {"include by function", in("std::shop::f", "std::shop", ""), Binary::executable, true},
        {"include by module", in("f", "vendor::ours", ""), Binary::library, true},
        {"include by package", in("f", "", "/usr/lib/shop/a.so"), Binary::library, true},
        {"include wins", in("vendor::f", "vendor", "/usr/lib/shop/a.so"), Binary::library, true},
        {"exclude by function", in("shop::generated::f", "", ""), Binary::executable, false},
        {"exclude by module", in("f", "vendor::other", ""), Binary::executable, false},
        {"exclude by package", in("f", "", "/opt/third/a.so"), Binary::library, false},
        {"an empty prefix is none", in("shop::f", "shop", kExecutable), Binary::executable, true},
    };
    check(rules, rows);
  }
}

}  // namespace
}  // namespace picket::stacktrace
