#include "transport/http_body.hpp"

#include "base/contain.hpp"

namespace picket::transport {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

}  // namespace

HttpBody BodyPacker::pack(std::string_view envelope) noexcept {
  std::string_view packed;
  if (compression_ != Compression::none && envelope.size() >= kWorthCompressing) {
    packed = base::contain(packed, [&] {
      return compression_ == Compression::zstd ? zstd_.compress(envelope)
                                               : gzip_.compress(envelope);
    });
  }
  if (packed.empty()) return {envelope, Compression::none};
  return {packed, compression_};
}

}  // namespace picket::transport
