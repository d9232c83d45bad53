#include "crash/finished_report.hpp"

#include "client/config.hpp"
#include "crash/once.hpp"
#include "json/writer.hpp"
#include "picket/json.hpp"
#include "protocol/write.hpp"
#include "stacktrace/symbolizer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace picket::crash {
[[gnu::noinline]] void where_it_failed() { asm volatile(""); }

namespace {

/// What a signal handler writes when it fails in `where_it_failed`, in a process where everything
/// lies `shift` higher than in this one.
std::string report(std::uint64_t shift, std::string_view build_id_end = "",
                   std::string_view type = "SIGSEGV") {
  const std::array<std::uintptr_t, 1> here{reinterpret_cast<std::uintptr_t>(&where_it_failed)};
  stacktrace::Symbolizer symbolizer;
  Stacktrace stack = symbolizer.name(here, AddressAdjustment::none);
  const std::array<const Stacktrace*, 1> stacks{&stack};
  Event event;
  for (DebugImage image : symbolizer.images_of(stacks)) {
    image.image_addr += shift;
    image.code_id.replace(image.code_id.size() - build_id_end.size(), std::string::npos,
                          build_id_end);
    event.debug_images.push_back(std::move(image));
  }
  Exception& failure = event.exceptions.emplace_back();
  failure.type = type;
  failure.value = "password=hunter2";
  failure.stacktrace = Stacktrace{.frames = {Frame{.instruction_addr = here[0] + shift}},
                                  .adjustment = AddressAdjustment::all_but_first};
  std::string text;
  json::Writer writer(text);
  protocol::write(writer, event);
  return text;
}

/// The exception as it is sent by this process.
Value finished(const std::string& report,
               base::Deadline deadline = base::deadline_in(std::chrono::minutes(1))) {
  const client::Config config = client::resolve({}).config;
  const auto text = finished_report(config, report, deadline);
  REQUIRE(text);
  return parse_json(*text).value().at("exception.values.0");
}

TEST_SUITE("crash/finished_report") {
  TEST_CASE("frames of a process that is gone get names, wherever it was loaded") {  // P3.12
    const std::uint64_t shift = 0x1000000;
    const Value failure = finished(report(shift));
    const Value& frame = failure.at("stacktrace.frames.0");
    CHECK(frame.at("function") == Value("picket::crash::where_it_failed"));
    const auto address = reinterpret_cast<std::uintptr_t>(&where_it_failed) + shift;
    std::string hex;
    json::Writer(hex).hex_address(address);
    CHECK(to_json(frame.at("instruction_addr")) == hex);
    CHECK(failure.at("stacktrace.instruction_addr_adjustment") == Value("all_but_first"));
  }

  TEST_CASE("another build of the same file names nothing") {
    const Value failure = finished(report(0, "00000000"));
    CHECK(failure.at("stacktrace.frames.0.function") == Value());
    CHECK(failure.at("stacktrace.frames.0.instruction_addr") != Value());
  }

  TEST_CASE("a type that nobody could demangle in time is demangled") {  // S4.1
    const Value failure = finished(report(0, "", std::string(kTypeSymbol) + "N4shop5ErrorE"));
    CHECK(failure.at("type") == Value("Error"));
    CHECK(failure.at("module") == Value("shop"));
    CHECK(type_as_told("i").type == "i");
    CHECK(type_as_told("SIGSEGV") == stacktrace::TypeName{.type = "SIGSEGV"});
  }

  TEST_CASE("when the time is over the server has to find the names") {
    const Value failure = finished(report(0), base::deadline_in({}));
    CHECK(failure.at("stacktrace.frames.0.function") == Value());
  }

  TEST_CASE("secrets are masked") {
    const Value failure = finished(report(0));
    CHECK(to_json(failure).find("hunter2") == std::string::npos);
  }
}

}  // namespace
}  // namespace picket::crash
