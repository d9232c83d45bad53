#include "base/digest.hpp"

#include <sys/random.h>

#include <cerrno>

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

}  // namespace picket::base
