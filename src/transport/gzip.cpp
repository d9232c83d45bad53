#include "transport/gzip.hpp"

#include "transport/kept_buffer.hpp"

#include <zlib.h>
#include <limits>

namespace picket::transport {
namespace {

// The fastest level: JSON shrinks to a fifth with it too, and the time is the host's.
constexpr int kGzipLevel = Z_BEST_SPEED;
constexpr int kGzipWrapper = 16 + MAX_WBITS;
constexpr int kMemory = 8;

}  // namespace

struct Gzip::Stream {
  z_stream state{};
  bool ready = deflateInit2(&state, kGzipLevel, Z_DEFLATED, kGzipWrapper, kMemory,
                            Z_DEFAULT_STRATEGY) == Z_OK;
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (ready) deflateEnd(&state);
  }
};

Gzip::Gzip() = default;
Gzip::~Gzip() = default;

std::string_view Gzip::compress(std::string_view bytes) {
  if (!stream_) stream_ = std::make_unique<Stream>();
  if (!stream_->ready || bytes.size() > std::numeric_limits<uInt>::max() / 2) return {};
  z_stream& state = stream_->state;
  if (deflateReset(&state) != Z_OK) return {};
  shrink_kept(buffer_);
  const std::size_t bound = deflateBound(&state, static_cast<uLong>(bytes.size()));
  if (buffer_.size() < bound)
    buffer_.resize(bound);  // never smaller: that would write it all again

  // zlib does not write through `next_in`; its type is older than const.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  state.next_out = reinterpret_cast<Bytef*>(buffer_.data());
  state.avail_out = static_cast<uInt>(buffer_.size());
  if (deflate(&state, Z_FINISH) != Z_STREAM_END) return {};
  return std::string_view(buffer_).substr(0, buffer_.size() - state.avail_out);
}

}  // namespace picket::transport
