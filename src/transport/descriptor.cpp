#include "transport/descriptor.hpp"

#include "base/fork.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace picket::transport {

Descriptor Descriptor::open_at(int directory, const char* name, int flags, mode_t mode) noexcept {
  const base::NoFork whole;  // no child may be made between opening and registering
  int number = -1;
  do {
    number = ::openat(directory, name, flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  if (number >= 0) base::close_in_child(number);
  return Descriptor(number);
}

void Descriptor::close() noexcept {
  if (number_ < 0) return;
  const base::NoFork whole;
  base::forget(number_);
  ::close(std::exchange(number_, -1));
}

}  // namespace picket::transport
