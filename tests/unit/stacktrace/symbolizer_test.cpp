#include "stacktrace/symbolizer.hpp"

#include "stacktrace/unwind.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/auxv.h>

// A host with five functions of its own, and one part of picket that calls back into it. The empty
// statements after the calls keep the callers on the stack.
namespace shop {

using picket::stacktrace::Addresses;

[[gnu::noinline]] void charge(Addresses& addresses) {
  picket::stacktrace::unwind(addresses);
  asm volatile("");
}

struct Cart {
  template <class T>
  [[gnu::noinline]] void pay(Addresses& addresses, T) const {
    charge(addresses);
    asm volatile("");
  }
};

namespace {
[[gnu::noinline]] void checkout(Addresses& addresses) {
  Cart().pay(addresses, 1);
  asm volatile("");
}
}  // namespace

[[gnu::noinline]] void handle(Addresses& addresses) {
  checkout(addresses);
  asm volatile("");
}

[[gnu::noinline]] void serve(Addresses& addresses) {
  handle(addresses);
  asm volatile("");
}

}  // namespace shop

namespace picket::test_hook {

[[gnu::noinline]] void call_host(stacktrace::Addresses& addresses,
                                 void (*host)(stacktrace::Addresses&)) {
  host(addresses);
  asm volatile("");
}
[[gnu::noinline]] void capture(stacktrace::Addresses& addresses) {
  stacktrace::unwind(addresses);
  asm volatile("");
}

}  // namespace picket::test_hook

namespace shop {
[[gnu::noinline]] void capture_through_picket(Addresses& addresses) {
  picket::test_hook::capture(addresses);
  asm volatile("");
}
}  // namespace shop

namespace picket::stacktrace {
namespace {

std::vector<std::string> functions(const Stacktrace& stacktrace) {
  std::vector<std::string> names;
  for (const Frame& frame : stacktrace.frames) names.push_back(frame.function);
  return names;
}

std::vector<std::string> last(std::vector<std::string> names, std::size_t count) {
  REQUIRE(names.size() >= count);
  names.erase(names.begin(), names.end() - static_cast<std::ptrdiff_t>(count));
  return names;
}

std::uintptr_t address_of(void (*function)(Addresses&)) {
  return reinterpret_cast<std::uintptr_t>(function);
}

TEST_SUITE("stacktrace/symbolizer") {
  TEST_CASE("the functions of a host that exports nothing have names, oldest first") {  // P3.11
    REQUIRE(::dlsym(RTLD_DEFAULT, "_ZN4shop5serveERN6picket10stacktrace9AddressesE") == nullptr);
    Addresses addresses;
    shop::serve(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());

    REQUIRE(stacktrace.frames.size() == addresses.size);
    CHECK(last(functions(stacktrace), 5) ==
          std::vector<std::string>{"shop::serve", "shop::handle",
                                   "shop::(anonymous namespace)::checkout", "shop::Cart::pay",
                                   "shop::charge"});
    const auto names = functions(stacktrace);
    CHECK(std::count(names.begin(), names.end(), "main") == 1);
  }

  TEST_CASE("a frame tells where it is and what it is called") {  // P3.12
    Addresses addresses;
    shop::serve(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());

    REQUIRE(stacktrace.frames.size() > 5);
    const Frame& pay = *(stacktrace.frames.end() - 2);
    CHECK(pay.instruction_addr == addresses.values[1]);
    CHECK(pay.function == "shop::Cart::pay");
    CHECK(pay.raw_function ==
          "void shop::Cart::pay<int>(picket::stacktrace::Addresses&, int) const");
    CHECK(pay.symbol == "_ZNK4shop4Cart3payIiEEvRN6picket10stacktrace9AddressesET_");
    CHECK(pay.module == "shop::Cart");
    CHECK(pay.symbol_addr < pay.instruction_addr);
    CHECK(pay.image_addr < pay.symbol_addr);
    CHECK(pay.package.ends_with("/picket_unit_stacktrace"));
    CHECK(pay.in_app == true);
    CHECK((stacktrace.frames.end() - 3)->module ==
          "shop");  // of the anonymous namespace's checkout
  }

  TEST_CASE("named again, a stack reads the same") {
    Addresses addresses;
    shop::serve(addresses);
    Symbolizer symbolizer;
    const Stacktrace first = symbolizer.name(addresses.view());
    CHECK(symbolizer.name(addresses.view()) == first);
    CHECK(Symbolizer().name(addresses.view()) == first);
  }

  TEST_CASE("more addresses than the cache holds are all named") {
    Symbolizer symbolizer;
    Addresses addresses;
    shop::serve(addresses);
    const Stacktrace expected = symbolizer.name(addresses.view());
    std::vector<std::uintptr_t> many;
    for (std::uintptr_t address = 1; address < 10'000; ++address) many.push_back(address);
    CHECK(symbolizer.name(many).frames.size() == many.size());
    CHECK(symbolizer.name(addresses.view()) == expected);
  }

  TEST_CASE("frames of picket are left out at the newest end") {  // P3.11
    Addresses addresses;
    shop::capture_through_picket(addresses);
    Symbolizer symbolizer;
    const auto names = functions(symbolizer.name(addresses.view()));
    REQUIRE_FALSE(names.empty());
    CHECK(names.back() == "shop::capture_through_picket");
  }

  TEST_CASE("an address that is no return address is looked up as it is") {  // P3.11
    // The first instruction of a function: one less lies in another one, or in none.
    const std::uintptr_t first = address_of(&shop::charge);
    const std::uintptr_t addresses[] = {first, first, first};
    Symbolizer symbolizer;
    struct Row {
      const char* name;
      AddressAdjustment adjustment;
      std::vector<std::size_t> exact;
      std::vector<bool> is_charge;  // newest first
    };
    const Row rows[] = {
        {"automatic", AddressAdjustment::automatic, {}, {false, false, false}},
        {"all", AddressAdjustment::all, {}, {false, false, false}},
        {"all but first", AddressAdjustment::all_but_first, {}, {true, false, false}},
        {"none", AddressAdjustment::none, {}, {true, true, true}},
        {"below a signal", AddressAdjustment::all, {2}, {false, false, true}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const Stacktrace stacktrace = symbolizer.name(addresses, row.adjustment, row.exact);
      CHECK(stacktrace.adjustment == row.adjustment);
      REQUIRE(stacktrace.frames.size() == 3);
      for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        const Frame& frame = stacktrace.frames[2 - i];
        CHECK(frame.instruction_addr == first);
        CHECK((frame.function == "shop::charge") == row.is_charge[i]);
      }
    }
  }

  TEST_CASE("a failure in picket itself keeps its frames") {  // P3.11
    Addresses addresses;
    shop::capture_through_picket(addresses);
    Symbolizer symbolizer;
    const auto names =
        functions(symbolizer.name(addresses.view(), AddressAdjustment::all_but_first));
    REQUIRE_FALSE(names.empty());
    CHECK(names.back() == "picket::test_hook::capture");
  }

  TEST_CASE("frames of picket between frames of the host stay") {  // P3.11
    Addresses addresses;
    test_hook::call_host(addresses, &shop::serve);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    const auto names = functions(stacktrace);
    CHECK(last(names, 6).front() == "picket::test_hook::call_host");
    CHECK((stacktrace.frames.end() - 6)->in_app == false);
  }

  TEST_CASE("the host's rules decide what is its own code") {  // P7.9
    Addresses addresses;
    shop::serve(addresses);
    Symbolizer symbolizer({.in_app = {.include = {"shop::Cart"}, .exclude = {"shop"}}});
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    REQUIRE(stacktrace.frames.size() > 2);
    CHECK(stacktrace.frames.back().in_app == false);
    CHECK((stacktrace.frames.end() - 2)->in_app == true);
  }

  TEST_CASE("each image of the frames is told once, by address") {  // P3.14
    Addresses addresses;
    shop::serve(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    const Stacktrace* const both[] = {&stacktrace, nullptr, &stacktrace};
    const auto images = symbolizer.images_of(both);

    REQUIRE(images.size() >= 2);  // this program and libc
    CHECK(std::is_sorted(images.begin(), images.end(),
                         [](const auto& a, const auto& b) { return a.image_addr < b.image_addr; }));
    for (const Frame& frame : stacktrace.frames) {
      const auto holds = [&](const DebugImage& image) {
        return frame.instruction_addr - image.image_addr < image.image_size;
      };
      CHECK(std::count_if(images.begin(), images.end(), holds) == 1);
      CHECK(std::find_if(images.begin(), images.end(), holds)->image_addr == frame.image_addr);
    }
  }

  TEST_CASE("an address of no module is a frame without an image") {  // P3.14
    const std::uint64_t vdso = ::getauxval(AT_SYSINFO_EHDR);
    const std::uintptr_t addresses[] = {17, vdso + 1, 1, 0};
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses);
    REQUIRE(stacktrace.frames.size() == 4);
    CHECK(stacktrace.frames.back() == Frame{.instruction_addr = 17});
    CHECK(stacktrace.frames[2] == Frame{.instruction_addr = vdso + 1});
    CHECK(stacktrace.frames.front() == Frame{});
    const Stacktrace* const all[] = {&stacktrace};
    CHECK(symbolizer.images_of(all).empty());
  }

  TEST_CASE("an empty stack has no frames") {
    Symbolizer symbolizer;
    CHECK(symbolizer.name({}).frames.empty());
    CHECK(symbolizer.images_of({}).empty());
  }
}

}  // namespace
}  // namespace picket::stacktrace
