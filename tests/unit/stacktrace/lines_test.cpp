#include "stacktrace/symbolizer.hpp"

#include "stacktrace/dwarf_file.hpp"
#include "stacktrace/unwind.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/auxv.h>

// A host whose functions say which of their lines calls. The empty statements after the calls keep
// the callers on the stack.
namespace shop {

using picket::stacktrace::Addresses;

std::uint32_t charge_line, pay_line, total_line, lambda_line, checkout_line, closure_line;

[[gnu::noinline]] void charge(Addresses& addresses) {
  charge_line = __LINE__ + 1;
  picket::stacktrace::unwind(addresses);
  asm volatile("");
}

struct Cart {
  template <class T>
  [[gnu::always_inline]] void pay(Addresses& addresses, T) const {
    pay_line = __LINE__ + 1;
    charge(addresses);
    asm volatile("");
  }
};

namespace {
[[gnu::always_inline]] inline void total(Addresses& addresses) {
  total_line = __LINE__ + 1;
  Cart().pay(addresses, 1);
  asm volatile("");
}
}  // namespace

[[gnu::noinline]] void checkout(Addresses& addresses) {
  checkout_line = __LINE__ + 1;
  total(addresses);
  asm volatile("");
}

[[gnu::noinline]] void through_lambda(Addresses& addresses) {
  const auto closure = [&](int) __attribute__((noinline)) {
    lambda_line = __LINE__ + 1;
    checkout(addresses);
    asm volatile("");
  };
  closure_line = __LINE__ + 1;
  closure(1);
  asm volatile("");
}

[[gnu::noinline]] void through_std(Addresses& addresses) {
  int one[] = {1};
  std::for_each(std::begin(one), std::end(one), [&](int) { charge(addresses); });
  asm volatile("");
}

}  // namespace shop

namespace picket::stacktrace {

/// A second host, without frame pointers. without_frame_pointer.cpp
void call_without_frame_pointer(Addresses& addresses, void (*next)(Addresses&));

namespace {

struct Place {
  std::string function;
  std::uint32_t line;
  friend bool operator==(const Place&, const Place&) = default;
};

std::vector<Place> newest(const Stacktrace& stacktrace, std::size_t count) {
  std::vector<Place> places;
  REQUIRE(stacktrace.frames.size() >= count);
  for (auto frame = stacktrace.frames.end() - static_cast<std::ptrdiff_t>(count);
       frame != stacktrace.frames.end(); ++frame) {
    CHECK(frame->filename == "lines_test.cpp");
    places.push_back({frame->function, frame->lineno});
  }
  return places;
}

std::string text_of(const Stacktrace& stacktrace) {
  std::string text;
  for (const Frame& frame : stacktrace.frames) {
    text += frame.function + " " + frame.filename + ":" + std::to_string(frame.lineno) + "\n";
  }
  return text;
}

TEST_SUITE("stacktrace/lines") {
  TEST_CASE("each frame tells file and line, inlined functions too") {  // S4.1, P3.12
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::through_lambda(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    CAPTURE(text_of(stacktrace));
    const auto places = newest(stacktrace, 6);
    CHECK(places[0] == Place{"shop::through_lambda", shop::closure_line});
    CHECK(places[1].function.starts_with("shop::through_lambda::{lambda"));
    CHECK(places[1].line == shop::lambda_line);
    CHECK(places[2] == Place{"shop::checkout", shop::checkout_line});
    CHECK(places[3] == Place{"shop::(anonymous namespace)::total", shop::total_line});
    CHECK(places[4] == Place{"shop::Cart::pay", shop::pay_line});
    CHECK(places[5] == Place{"shop::charge", shop::charge_line});
  }

  TEST_CASE("an inlined frame has no address, so that a server expands the stack once") {  // P3.12
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::checkout(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    REQUIRE(stacktrace.frames.size() > 4);
    const auto* frame = &stacktrace.frames.back() - 3;
    CHECK(frame[0].function == "shop::checkout");
    CHECK(frame[0].instruction_addr == addresses.values[1]);
    CHECK(frame[0].symbol_addr != 0);
    for (int inlined : {1, 2}) {
      CAPTURE(inlined);
      CHECK(frame[inlined].instruction_addr == 0);
      CHECK(frame[inlined].symbol_addr == 0);
      CHECK(frame[inlined].in_app == true);
      CHECK(frame[inlined].package == frame[0].package);
    }
    CHECK(frame[2].module == "shop::Cart");
    CHECK(frame[2].raw_function.find("pay<int>") != std::string::npos);
    CHECK(frame[3].instruction_addr == addresses.values[0]);
    const auto has_address = [](const Frame& each) { return each.instruction_addr != 0; };
    CHECK(std::count_if(stacktrace.frames.begin(), stacktrace.frames.end(), has_address) ==
          static_cast<std::ptrdiff_t>(addresses.size));
  }

  TEST_CASE("functions of the standard library that run the host's code are not its own") {  // P7.9
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::through_std(addresses);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    CAPTURE(text_of(stacktrace));
    const auto found =
        std::find_if(stacktrace.frames.begin(), stacktrace.frames.end(),
                     [](const Frame& frame) { return frame.function == "std::for_each"; });
    REQUIRE(found != stacktrace.frames.end());
    CHECK(found->in_app == false);
    CHECK(found->lineno != 0);
    CHECK(found->filename != "lines_test.cpp");
  }

  TEST_CASE("code without frame pointers has its lines") {
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    call_without_frame_pointer(addresses, &shop::charge);
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    REQUIRE(stacktrace.frames.size() > 2);
    const Frame& caller = *(stacktrace.frames.end() - 2);
    CHECK(caller.function == "picket::stacktrace::call_without_frame_pointer");
    CHECK(caller.filename == "without_frame_pointer.cpp");
    CHECK(caller.lineno == 8);
  }

  TEST_CASE("full source paths are told only to those who want them") {  // S14.1
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::checkout(addresses);
    CHECK(Symbolizer().name(addresses.view()).frames.back().abs_path.empty());
    const Stacktrace full = Symbolizer({.with_source_paths = true}).name(addresses.view());
    CHECK(full.frames.back().abs_path.starts_with("/"));
    CHECK(full.frames.back().abs_path.ends_with("/tests/unit/stacktrace/lines_test.cpp"));
  }

  TEST_CASE("the lines around a frame's come with it when they are asked for") {  // P3.12
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::through_std(addresses);
    const auto has_lines = [](const Frame& frame) { return !frame.context_line.empty(); };
    const Stacktrace without = Symbolizer().name(addresses.view());
    CHECK(std::none_of(without.frames.begin(), without.frames.end(), has_lines));

    Symbolizer symbolizer({.source_context_lines = 2});
    const Stacktrace stacktrace = symbolizer.name(addresses.view());
    const Frame& charge = stacktrace.frames.back();
    REQUIRE(charge.function == "shop::charge");
    CHECK(charge.context_line == "  picket::stacktrace::unwind(addresses);");
    REQUIRE(charge.pre_context.size() == 2);
    CHECK(charge.pre_context.back() == "  charge_line = __LINE__ + 1;");
    REQUIRE(charge.post_context.size() == 2);
    CHECK(charge.post_context.back() == "}");
    for (const Frame& frame : stacktrace.frames) {
      CAPTURE(frame.function);
      if (frame.in_app != true) CHECK_FALSE(has_lines(frame));
    }
  }

  TEST_CASE("debug information is closed again, and read again when it is needed") {
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::checkout(addresses);
    Symbolizer symbolizer;
    const Stacktrace first = symbolizer.name(addresses.view());
    const Stacktrace* const all[] = {&first};
    CHECK(symbolizer.images_of(all).size() > 0);  // the end of an event
    CHECK(symbolizer.resting_bytes() > 0);
    CHECK(symbolizer.resting_bytes() <= (16U << 20U));
    Addresses others;
    shop::through_lambda(others);
    CHECK(symbolizer.name(others.view()).frames.back().lineno == shop::charge_line);
    CHECK(symbolizer.name(addresses.view()) == first);
  }

  TEST_CASE("when the time for lines is over frames have names, and their lines the next time") {
    if (!DwarfFile::is_supported()) return;
    Addresses addresses;
    shop::checkout(addresses);
    Symbolizer symbolizer;
    symbolizer.set_deadline_for_lines(base::deadline_in({}));
    const Stacktrace late = symbolizer.name(addresses.view());
    CHECK(late.frames.back().function == "shop::charge");
    CHECK(late.frames.back().lineno == 0);
    symbolizer.set_deadline_for_lines(base::deadline_in(std::chrono::minutes(1)));
    CHECK(symbolizer.name(addresses.view()).frames.back().lineno == shop::charge_line);
  }

  TEST_CASE("a function of the vdso has its name") {  // P3.14
    void* vdso = ::dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
    if (vdso == nullptr) return;
    void* function = ::dlsym(vdso, "__vdso_clock_gettime");
    ::dlclose(vdso);
    if (function == nullptr) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(function);
    const std::uintptr_t addresses[] = {begin + 2};
    Symbolizer symbolizer;
    const Stacktrace stacktrace = symbolizer.name(addresses);
    REQUIRE(stacktrace.frames.size() == 1);
    // The function has two names.
    CHECK(stacktrace.frames[0].function.ends_with("clock_gettime"));
    CHECK(stacktrace.frames[0].symbol_addr == begin);
    CHECK(stacktrace.frames[0].package == "[vdso]");
    CHECK(stacktrace.frames[0].in_app == false);
    const Stacktrace* const all[] = {&stacktrace};
    CHECK(symbolizer.images_of(all).empty());
  }
}

}  // namespace
}  // namespace picket::stacktrace
