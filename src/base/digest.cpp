#include "base/digest.hpp"

#include <sys/random.h>

#include <cerrno>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace picket::base {

void random_bytes(std::span<std::byte> bytes) noexcept {
  auto* const raw = reinterpret_cast<unsigned char*>(bytes.data());
  // The kernel first: OpenSSL takes itself down at exit, and a capture after that would crash in
  // it.
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = getrandom(raw + done, bytes.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  if (done < bytes.size()) RAND_bytes(raw + done, static_cast<int>(bytes.size() - done));
}

std::optional<std::array<std::byte, 32>> sha256(std::string_view bytes) noexcept {
  std::array<std::byte, 32> digest{};
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  unsigned int size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_sha256(), nullptr);
  if (done != 1 || size != digest.size()) return std::nullopt;
  return digest;
}

}  // namespace picket::base
