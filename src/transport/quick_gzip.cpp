#include "transport/quick_gzip.hpp"

#include "transport/checksum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <span>

namespace picket::transport {
namespace {

struct Run {
  std::uint8_t length = 0;  // of the code of each symbol, in bits
  std::uint16_t count = 0;  // of symbols in a row
};

// Made from events, transactions and metrics as picket writes them, each kind with the same weight.
// Symbols that are much alike have the same length, which keeps the head of a body short; every
// symbol has a code. Bytes, end of block, lengths of matches:
constexpr std::array kSymbolRuns{
    Run{13, 10}, Run{8, 1},  Run{13, 21},  Run{6, 1},  Run{10, 1}, Run{4, 1},   Run{10, 9},
    Run{6, 1},   Run{7, 1},  Run{6, 1},    Run{8, 1},  Run{6, 11}, Run{10, 32}, Run{9, 4},
    Run{7, 1},   Run{11, 1}, Run{5, 1},    Run{6, 1},  Run{5, 1},  Run{6, 1},   Run{4, 1},
    Run{6, 1},   Run{7, 1},  Run{8, 1},    Run{5, 1},  Run{8, 2},  Run{6, 2},   Run{5, 1},
    Run{6, 2},   Run{10, 1}, Run{5, 1},    Run{6, 1},  Run{5, 1},  Run{6, 1},   Run{8, 6},
    Run{9, 1},   Run{8, 3},  Run{13, 127}, Run{12, 1}, Run{11, 1}, Run{10, 1},  Run{4, 1},
    Run{6, 4},   Run{8, 3},  Run{7, 2},    Run{9, 7},  Run{10, 11}};
constexpr std::array kDistanceRuns{Run{7, 8}, Run{4, 12}, Run{6, 8}, Run{5, 2}};

constexpr std::size_t kSymbols = 286;
constexpr std::size_t kDistances = 30;
constexpr std::size_t kEndOfBlock = 256;
constexpr std::size_t kFirstLength = 257;  // of a match of three bytes

/// The lengths of the codes with which these lengths themselves are told, by what they stand for:
/// 0 to 15 is a length, 16 repeats it three to six times.
constexpr std::array<std::uint8_t, 19> kLengthLengths{0, 0, 0, 0, 5, 4, 3, 5, 3, 6,
                                                      4, 7, 7, 5, 0, 0, 1, 0, 0};
constexpr std::size_t kRepeat = 16;
constexpr std::array<std::uint8_t, 19> kOrderOfLengths{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                       11, 4,  12, 3, 13, 2, 14, 1, 15};

struct Code {
  std::uint32_t bits = 0;  // the first one lowest
  std::uint32_t count = 0;
};

constexpr std::uint32_t reversed(std::uint32_t bits, std::uint32_t count) {
  std::uint32_t turned = 0;
  for (std::uint32_t i = 0; i < count; ++i) turned |= ((bits >> i) & 1U) << (count - 1 - i);
  return turned;
}

template <std::size_t kCount>
constexpr std::array<Code, kCount> codes_of(const std::array<std::uint8_t, kCount>& lengths) {
  std::array<std::uint32_t, 17> next{};
  for (const std::uint8_t length : lengths) next[length + 1U] += length == 0 ? 0 : 1;
  for (std::size_t i = 1; i < next.size(); ++i) next[i] = (next[i] + next[i - 1]) << 1U;
  std::array<Code, kCount> codes{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::uint32_t length = lengths[i];
    if (length > 0) codes[i] = {reversed(next[length]++, length), length};
  }
  return codes;
}

template <std::size_t kCount, std::size_t kRuns>
constexpr std::array<std::uint8_t, kCount> lengths_of(const std::array<Run, kRuns>& runs) {
  std::array<std::uint8_t, kCount> lengths{};
  std::size_t at = 0;
  for (const Run& run : runs) {
    for (std::uint16_t i = 0; i < run.count; ++i) lengths.at(at++) = run.length;
  }
  return lengths;
}

/// True if every sequence of bits means something: only then may a decoder rely on the code.
template <std::size_t kCount>
constexpr bool is_complete(const std::array<std::uint8_t, kCount>& lengths) {
  std::uint32_t sum = 0;
  for (const std::uint8_t length : lengths) sum += length == 0 ? 0U : 1U << (16U - length);
  return sum == 1U << 16U;
}

constexpr auto kSymbolLengths = lengths_of<kSymbols>(kSymbolRuns);
constexpr auto kDistanceLengths = lengths_of<kDistances>(kDistanceRuns);
static_assert(is_complete(kSymbolLengths) && is_complete(kDistanceLengths) &&
              is_complete(kLengthLengths));

constexpr auto kSymbolCodes = codes_of(kSymbolLengths);
constexpr auto kDistanceCodes = codes_of(kDistanceLengths);
constexpr auto kLengthCodes = codes_of(kLengthLengths);

constexpr std::size_t kShortestMatch = 4;  // shorter ones are not looked for
constexpr std::size_t kLongestMatch = 258;

/// The code of each length of a match, its further bits included.
constexpr auto kMatchCodes = [] {
  std::array<Code, kLongestMatch + 1> codes{};
  std::size_t length = 3;
  for (std::uint32_t symbol = 0; symbol < 28; ++symbol) {
    const std::uint32_t further = symbol < 8 ? 0 : symbol / 4 - 1;
    const Code code = kSymbolCodes[kFirstLength + symbol];
    for (std::uint32_t i = 0; i < 1U << further && length < kLongestMatch; ++i, ++length) {
      codes[length] = {code.bits | i << code.count, code.count + further};
    }
  }
  codes[kLongestMatch] = kSymbolCodes[kFirstLength + 28];
  return codes;
}();

/// Bits into bytes, the first one lowest. Whoever uses it has made sure that there is room.
class BitWriter {
 public:
  explicit BitWriter(char* out) noexcept : out_(out) {}

  void put(std::uint32_t bits, std::uint32_t count) noexcept {
    kept_ |= std::uint64_t{bits} << count_;
    count_ += count;
  }
  void put(Code code) noexcept { put(code.bits, code.count); }

  /// Literals need it now and then.
  void flush_if_due() noexcept {
    if (count_ >= 32) flush();
  }

  /// At most 57 bits may be put between two of these.
  void flush() noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(out_, &kept_, sizeof kept_);
    } else {
      for (std::uint32_t i = 0; i < 8; ++i) out_[i] = static_cast<char>(kept_ >> (8 * i));
    }
    out_ += count_ >> 3U;
    kept_ >>= count_ & ~7U;
    count_ &= 7U;
  }

  /// Whole bytes have been written up to here.
  [[nodiscard]] const char* position() const noexcept { return out_; }

  /// The same, further on: what `bytes` hold was written by it to another place.
  [[nodiscard]] BitWriter after(std::string_view bytes, char* out) const noexcept {
    BitWriter copy = *this;
    copy.out_ = std::copy(bytes.begin(), bytes.end(), out);
    return copy;
  }

  /// What is left of the last byte is zero.
  char* end() noexcept {
    flush();
    if (count_ > 0) *out_++ = static_cast<char>(kept_);
    kept_ = count_ = 0;
    return out_;
  }

 private:
  std::uint64_t kept_ = 0;
  std::uint32_t count_ = 0;
  char* out_;
};

void put_lengths(BitWriter& writer, std::span<const Run> runs) noexcept {
  for (const Run& run : runs) {
    writer.put(kLengthCodes[run.length]);
    std::uint32_t left = run.count - 1U;
    for (; left >= 3; left -= std::min(left, 6U)) {
      writer.put(kLengthCodes[kRepeat]);
      writer.put(std::min(left, 6U) - 3, 2);
      writer.flush();
    }
    for (; left > 0; --left) writer.put(kLengthCodes[run.length]);
    writer.flush();
  }
}

/// One block, the last one, with the codes above. RFC 1951, 3.2.7
void put_head(BitWriter& writer) noexcept {
  writer.put(0b101, 3);
  writer.put(kSymbols - 257, 5);
  writer.put(kDistances - 1, 5);
  writer.put(kOrderOfLengths.size() - 4, 4);
  for (const std::uint8_t which : kOrderOfLengths) {
    writer.put(kLengthLengths[which], 3);
    writer.flush();
  }
  put_lengths(writer, kSymbolRuns);
  put_lengths(writer, kDistanceRuns);
}

/// `distance` from 1 to 32 768. In line, or the writer would live in memory instead of registers.
[[gnu::always_inline]] inline void put_distance(BitWriter& writer,
                                                std::uint32_t distance) noexcept {
  const std::uint32_t rest = distance - 1;
  if (rest < 4) return writer.put(kDistanceCodes[rest]);
  const auto top = static_cast<std::uint32_t>(std::bit_width(rest)) - 1;
  const std::uint32_t further = top - 1;
  writer.put(kDistanceCodes[2 * top + ((rest >> further) & 1U)]);
  writer.put(rest & ((1U << further) - 1), further);
}

std::uint32_t four_at(const char* at) noexcept {
  std::uint32_t four = 0;
  std::memcpy(&four, at, sizeof four);
  return four;
}

/// How many bytes are the same, with those of `here` before `end`.
std::size_t same_bytes(const char* there, const char* here, const char* end) noexcept {
  const std::size_t most = std::min(static_cast<std::size_t>(end - here), kLongestMatch);
  std::size_t same = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; same + 8 <= most; same += 8) {
      std::uint64_t left = 0;
      std::uint64_t right = 0;
      std::memcpy(&left, there + same, sizeof left);
      std::memcpy(&right, here + same, sizeof right);
      if (left != right) {
        return same + static_cast<std::size_t>(std::countr_zero(left ^ right)) / 8;
      }
    }
  }
  while (same < most && there[same] == here[same]) ++same;
  return same;
}

char* put_number(char* out, std::uint32_t number) noexcept {
  for (std::uint32_t i = 0; i < 4; ++i) *out++ = static_cast<char>(number >> (8 * i));
  return out;
}

}  // namespace

/// Also what every body begins with.
struct QuickGzip::Seen {
  static constexpr std::size_t kSlots = 4096;
  static constexpr std::size_t kBits = 12;

  std::array<std::uint32_t, kSlots> at{};
  std::uint32_t next_body = 1;                                       // 0: never
  std::array<char, 256> head{0x1F, '\x8B', 8, 0, 0, 0, 0, 0, 4, 3};  // RFC 1952, 2.3
  BitWriter after_head{head.data() + 10};

  Seen() noexcept { put_head(after_head); }
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  std::uint32_t& slot(std::uint32_t four) noexcept {
    return at[(four * 0x9E3779B1U) >> (32 - kBits)];
  }

  std::uint32_t start(std::size_t bytes) noexcept {
    if (next_body > std::numeric_limits<std::uint32_t>::max() - 2 * kMaxBytes) {
      at.fill(0);
      next_body = 1;
    }
    const std::uint32_t first = next_body;
    next_body += static_cast<std::uint32_t>(bytes);
    return first;
  }
};

QuickGzip::QuickGzip() = default;
QuickGzip::~QuickGzip() = default;

std::size_t QuickGzip::compress(std::string_view bytes, char* out) {
  if (!seen_) seen_ = std::make_unique<Seen>();
  BitWriter writer =
      seen_->after_head.after({seen_->head.data(), seen_->after_head.position()}, out);

  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  Seen& seen = *seen_;
  const std::uint32_t first = seen.start(bytes.size());
  const char* here = begin;
  while (end - here >= static_cast<std::ptrdiff_t>(kShortestMatch)) {
    const std::uint32_t four = four_at(here);
    std::uint32_t& slot = seen.slot(four);
    const std::uint32_t before = slot;
    slot = first + static_cast<std::uint32_t>(here - begin);
    if (before < first || four_at(begin + (before - first)) != four) {
      writer.put(kSymbolCodes[static_cast<unsigned char>(*here++)]);
      writer.flush_if_due();
      continue;
    }
    const char* const there = begin + (before - first);
    const std::size_t length =
        kShortestMatch + same_bytes(there + kShortestMatch, here + kShortestMatch, end);
    const std::size_t taken = std::min(length, kLongestMatch);
    writer.flush();
    writer.put(kMatchCodes[taken]);
    put_distance(writer, static_cast<std::uint32_t>(here - there));
    writer.flush_if_due();
    here += taken;
  }
  for (; here < end; ++here) {
    writer.put(kSymbolCodes[static_cast<unsigned char>(*here)]);
    writer.flush_if_due();
  }
  writer.flush();
  writer.put(kSymbolCodes[kEndOfBlock]);
  char* tail = put_number(writer.end(), crc32(bytes));
  tail = put_number(tail, static_cast<std::uint32_t>(bytes.size()));
  return static_cast<std::size_t>(tail - out);
}

}  // namespace picket::transport
