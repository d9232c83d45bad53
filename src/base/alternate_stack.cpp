#include "base/alternate_stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

namespace picket::base {

AlternateStack::AlternateStack() noexcept {
  stack_t present{};
  if (sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t size = page + kSize;
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  mprotect(memory, page, PROT_NONE);
  stack_t made{};
  made.ss_sp = static_cast<char*>(memory) + page;
  made.ss_size = kSize;
  if (sigaltstack(&made, nullptr) != 0) {
    munmap(memory, size);
    return;
  }
  memory_ = memory;
  mapped_ = size;
}

AlternateStack::~AlternateStack() {
  if (memory_ == nullptr) return;
  // Somebody may have put another one in its place; that one stays.
  stack_t present{};
  sigaltstack(nullptr, &present);
  const char* const ours = static_cast<const char*>(memory_) + (mapped_ - kSize);
  if (present.ss_sp == ours) {
    if ((present.ss_flags & SS_ONSTACK) != 0) return;  // in use: it is not taken away
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
  munmap(memory_, mapped_);
}

}  // namespace picket::base
