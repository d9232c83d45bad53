#include "transport/zstd.hpp"

#include <zstd.h>

namespace picket::transport {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kMaxKeptBuffer = 1U << 20U;  // one large attachment must not cost us for ever

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
  if (buffer_.capacity() > kMaxKeptBuffer) std::string().swap(buffer_);
  const std::size_t bound = ZSTD_compressBound(bytes.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  // One frame that says how long its content is.
  const std::size_t size = ZSTD_compressCCtx(context_->state, buffer_.data(), buffer_.size(),
                                             bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) != 0) return {};
  return std::string_view(buffer_).substr(0, size);
}

}  // namespace picket::transport
