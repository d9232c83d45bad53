#include "base/digest.hpp"

#include <sys/random.h>

#include <openssl/rand.h>

namespace picket::base {

void random_bytes(std::span<std::byte> bytes) noexcept {
  auto* const raw = reinterpret_cast<unsigned char*>(bytes.data());
  if (RAND_bytes(raw, static_cast<int>(bytes.size())) == 1) return;
  // OpenSSL may be unable to seed itself in a chroot; ids need to be unique, not secret.
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = getrandom(raw + done, bytes.size() - done, 0);
    if (got <= 0) return;
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace picket::base
