#include "ingest/decode.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace picket::ingest {
namespace {

constexpr std::size_t kChunk = 64u << 10;

Decoded failed(int status, std::string error) { return {status, {}, std::move(error)}; }

Decoded too_large(std::size_t max_bytes) {
  return failed(413, fmt::format("the envelope is larger than {} bytes", max_bytes));
}

// `window_bits` tells zlib which wrapper to expect: 15 is zlib, 31 is gzip.
Decoded inflate_all(std::string_view bytes, int window_bits, std::size_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return failed(400, "zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  Decoded out;
  std::array<char, kChunk> chunk{};
  for (int result = Z_OK; result != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return failed(400, "the compressed body is broken or ends early");
    }
    out.body.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.body.size() > max_bytes) return too_large(max_bytes);
  }
  if (stream.avail_in > 0) return failed(400, "bytes follow the compressed body");
  return out;
}

Decoded zstd_all(std::string_view bytes, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  Decoded out;
  std::array<char, kChunk> chunk{};
  std::size_t wanted = 1;  // 0 once a frame is complete
  while (wanted != 0) {
    ZSTD_outBuffer to{chunk.data(), chunk.size(), 0};
    const std::size_t before = in.pos;
    wanted = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(wanted) || (wanted != 0 && in.pos == before && to.pos == 0)) {
      return failed(400, "the compressed body is broken or ends early");
    }
    out.body.append(chunk.data(), to.pos);
    if (out.body.size() > max_bytes) return too_large(max_bytes);
  }
  if (in.pos < in.size) return failed(400, "bytes follow the compressed body");
  return out;
}

}  // namespace

Decoded decode(std::string_view encoding, std::string_view bytes, std::size_t max_bytes) {
  std::string name(encoding);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "gzip" || name == "x-gzip") return inflate_all(bytes, 31, max_bytes);
  if (name == "deflate") return inflate_all(bytes, 15, max_bytes);
  if (name == "zstd") return zstd_all(bytes, max_bytes);
  if (!name.empty() && name != "identity") {
    return failed(400, fmt::format("unknown Content-Encoding `{}`", encoding));
  }
  if (bytes.size() > max_bytes) return too_large(max_bytes);
  return {200, std::string(bytes), {}};
}

}  // namespace picket::ingest
