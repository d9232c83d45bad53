#include "base/thread_id.hpp"

#include "base/fork.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace picket::base {

std::uint64_t thread_id() noexcept {
  struct Known {
    std::uint64_t id = 0;
    std::uint32_t generation = 0;
  };
  thread_local constinit Known known{};
  if (known.id == 0 || known.generation != fork_generation()) {
    known = {static_cast<std::uint64_t>(syscall(SYS_gettid)), fork_generation()};
  }
  return known.id;
}

}  // namespace picket::base
