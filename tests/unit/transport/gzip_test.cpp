#include "transport/gzip.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

namespace picket::transport {
namespace {

std::string gunzip(std::string_view bytes, std::size_t room) {
  z_stream state{};
  REQUIRE(inflateInit2(&state, 16 + MAX_WBITS) == Z_OK);
  std::string input(bytes), out(room, '\0');
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&state, Z_FINISH) == Z_STREAM_END);
  out.resize(state.total_out);
  inflateEnd(&state);
  return out;
}

TEST_SUITE("transport/gzip") {
  TEST_CASE("bodies inflate to what they were, one after the other") {  // P1.7
    Gzip gzip;
    for (const std::size_t size : {1'024U, 3'000'000U, 0U, 5'000U}) {
      CAPTURE(size);
      std::string text;
      while (text.size() < size) text += "{\"n\":" + std::to_string(text.size() * 7919) + "}";
      const std::string_view packed = gzip.compress(text);
      CHECK((size == 0 || packed.size() < text.size()));
      CHECK(gunzip(packed, text.size() + 1) == text);
    }
  }

  TEST_CASE("short bodies inflate to what they were, whatever bytes they hold") {  // P1.7
    Gzip gzip;
    std::uint32_t state = 1;
    const auto random = [&](std::uint32_t below) {
      state = state * 1'664'525U + 1'013'904'223U;
      return (state >> 8U) % below;
    };
    for (std::size_t round = 0; round < 400; ++round) {
      // From all bytes at random to a few that repeat over and over; near and far matches.
      const std::uint32_t kinds = 1 + random(round % 2 == 0 ? 256 : 20);
      const std::uint32_t longest = 1 + random(400);
      std::string text;
      for (const std::size_t size = random(40'000); text.size() < size;) {
        const std::size_t from = text.empty() ? 0 : random(static_cast<std::uint32_t>(text.size()));
        if (random(3) == 0) text += text.substr(from, random(longest));
        text += static_cast<char>('a' + random(kinds));
      }
      const std::string_view packed = gzip.compress(text);
      CAPTURE(round);
      CAPTURE(text.size());
      REQUIRE(gunzip(packed, text.size() + 1) == text);
    }
  }
}

}  // namespace
}  // namespace picket::transport
