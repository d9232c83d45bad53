#include "transport/zstd.hpp"

#include "transport/kept_buffer.hpp"

#include <zstd.h>

namespace picket::transport {
namespace {

constexpr int kZstdLevel = 1;

}  // namespace

struct Zstd::Context {
  ZSTD_CCtx* state = ZSTD_createCCtx();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { ZSTD_freeCCtx(state); }
};

Zstd::Zstd() = default;
Zstd::~Zstd() = default;

std::string_view Zstd::compress(std::string_view bytes) {
  if (!context_) context_ = std::make_unique<Context>();
  if (context_->state == nullptr) return {};
  shrink_kept(buffer_);
  const std::size_t bound = ZSTD_compressBound(bytes.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  // One frame that says how long its content is.
  const std::size_t size = ZSTD_compressCCtx(context_->state, buffer_.data(), buffer_.size(),
                                             bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) return {};
  return std::string_view(buffer_).substr(0, size);
}

}  // namespace picket::transport
