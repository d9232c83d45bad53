#pragma once

// Compresses the short JSON of which most requests consist, in a small part of the time that zlib
// takes for it, to about the same size. Two things make the difference: the Huffman codes are made
// beforehand, for the texts that picket writes, and nothing is cleared between two bodies.
// `gzip.hpp` asks it first.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace picket::transport {

/// Threads: one at a time.
class QuickGzip {
 public:
  QuickGzip();
  ~QuickGzip();
  QuickGzip(const QuickGzip&) = delete;
  QuickGzip& operator=(const QuickGzip&) = delete;

  /// A longer body is better off with codes of its own.
  static constexpr std::size_t kMaxBytes = 32U << 10U;

  /// The room that `compress` needs for a body of so many bytes: no code is longer than 13 bits.
  static constexpr std::size_t most_bytes(std::size_t bytes) noexcept {
    return 256 + bytes + bytes / 4 * 3;
  }

  /// Writes one gzip member to `out`, which has room for `most_bytes(bytes.size())`. Returns its
  /// length. Texts unlike ours, such as binary attachments, may come out longer than they were.
  /// `bytes` has at most `kMaxBytes`. Spec: RFC 1951, RFC 1952, P1.7.
  std::size_t compress(std::string_view bytes, char* out);

 private:
  /// Where four bytes were seen last, in bytes since the first body; what lies before the present
  /// body counts as never seen.
  struct Seen;
  std::unique_ptr<Seen> seen_;  // made on first use
};

}  // namespace picket::transport
