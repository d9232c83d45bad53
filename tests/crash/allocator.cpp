// The program's own malloc: the C library's, behind a lock that a failing thread may hold. Whoever
// needs memory then waits for ever.

#include "ways.hpp"

#include <unistd.h>

#include <atomic>
#include <cstddef>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* memory, std::size_t size);
extern "C" void __libc_free(void* memory);

namespace {

std::atomic<bool> is_locked{false};

void pass() {
  while (is_locked.load()) pause();
}

}  // namespace

extern "C" void* malloc(std::size_t size) {
  pass();
  return __libc_malloc(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) {
  pass();
  return __libc_calloc(count, size);
}
extern "C" void* realloc(void* memory, std::size_t size) {
  pass();
  return __libc_realloc(memory, size);
}
extern "C" void free(void* memory) {
  pass();
  __libc_free(memory);
}

#else
namespace {
std::atomic<bool> is_locked{false};
}
#endif

namespace shop {

[[noreturn, gnu::noinline]] void fail_under_allocator_lock() {
  is_locked.store(true);
  read_null();
  __builtin_unreachable();
}

}  // namespace shop
