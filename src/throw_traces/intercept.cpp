// Stands between a program and its C++ runtime: sees each throw before the runtime does, and each
// release of an exception object. Rethrowing passes neither way, so a throw keeps its stack.
//
// Two ways lead here, for the two ways to link the runtime:
// - From a shared one, `__cxa_throw` is looked up when the program starts, and the definition in
//   the program wins, for the calls of all libraries. The runtime's own is the next in that order.
// - With a static one, a second definition would be one too many. Ours is weak and gives way; the
//   linker's `--wrap` (in the usage requirements of the target) brings the calls to `__wrap_…`, and
//   the runtime's own is `__real_…`.

#include "stacktrace/throw_site.hpp"
#include "throw_traces/stack_walk.hpp"
#include "throw_traces/throw_table.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <typeinfo>

namespace picket::throw_traces {
namespace {

using Throw = void(void* object, std::type_info* type, void (*destroy)(void*));
using Free = void(void* object) noexcept;

constinit ThrowTable table;

std::size_t find(const void* object, const std::type_info& type,
                 std::span<std::uintptr_t> addresses) noexcept {
  return table.find(object, type, addresses);
}

/// `linked` is what the linker takes for the runtime's function. With a shared runtime that is our
/// own again, or nothing where the host does not use `--wrap`.
template <class Function>
Function* real(Function* linked, Function* own, const char* name) noexcept {
  // The compiler holds two names for two functions; the linker may know better.
  Function* volatile candidate = linked;
  Function* const chosen = candidate;
  if (chosen != nullptr && chosen != own) return chosen;
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace picket::throw_traces

extern "C" {
[[gnu::visibility("default")]] void picket_throw_traces_on_throw(void* object, std::type_info* type,
                                                                 void (*destroy)(void*));
[[gnu::visibility("default")]] void picket_throw_traces_on_free(void* object) noexcept;

// The compilers know the real ones and their prototypes; these names are for the linker alone.
[[gnu::weak, gnu::visibility("default"), gnu::alias("picket_throw_traces_on_throw")]] void
picket_weak_throw(void*, std::type_info*, void (*)(void*)) __asm__("__cxa_throw");
[[gnu::visibility("default"), gnu::alias("picket_throw_traces_on_throw")]] void picket_wrap_throw(
    void*, std::type_info*, void (*)(void*)) __asm__("__wrap___cxa_throw");
[[gnu::weak]] void picket_real_throw(void*, std::type_info*,
                                     void (*)(void*)) __asm__("__real___cxa_throw");

[[gnu::weak, gnu::visibility("default"), gnu::alias("picket_throw_traces_on_free")]] void
picket_weak_free(void*) noexcept __asm__("__cxa_free_exception");
[[gnu::visibility("default"), gnu::alias("picket_throw_traces_on_free")]] void picket_wrap_free(
    void*) noexcept __asm__("__wrap___cxa_free_exception");
[[gnu::weak]] void picket_real_free(void*) noexcept __asm__("__real___cxa_free_exception");

// Our weak definitions satisfy the linker, which would then leave those of a static runtime out.
// These live in the same files there, and bring them along.
void picket_brings_throw() __asm__("__cxa_rethrow");
void* picket_brings_free(std::size_t) noexcept __asm__("__cxa_allocate_exception");
[[gnu::used]] extern void (*const picket_throw_traces_brings_throw)() = &picket_brings_throw;
[[gnu::used]] extern void* (*const picket_throw_traces_brings_free)(std::size_t) noexcept =
    &picket_brings_free;
}

namespace picket::throw_traces {
namespace {

constinit std::atomic<Throw*> real_throw{nullptr};
constinit std::atomic<Free*> real_free{nullptr};

// Early, so that no throw has to look them up in the child of a fork or without memory.
[[gnu::constructor(101)]] void prepare() noexcept {
  real_throw.store(real<Throw>(&picket_real_throw, &picket_throw_traces_on_throw, "__cxa_throw"));
  real_free.store(
      real<Free>(&picket_real_free, &picket_throw_traces_on_free, "__cxa_free_exception"));
  stacktrace::lend_throw_sites(&find);
}

/// The constructors of shared libraries come before ours, and may throw.
template <class Function>
Function* ready(const std::atomic<Function*>& function) noexcept {
  if (function.load(std::memory_order_relaxed) == nullptr) prepare();
  Function* const found = function.load(std::memory_order_relaxed);
  if (found == nullptr) std::abort();  // there is no C++ runtime to throw with
  return found;
}

}  // namespace
}  // namespace picket::throw_traces

using namespace picket::throw_traces;

void picket_throw_traces_on_throw(void* object, std::type_info* type, void (*destroy)(void*)) {
  const CallSite site{
      .return_address = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),
      .stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_dwarf_cfa())};
  {
    ThrowStack stack;
    take_stack(site, stack);
    table.keep(object, *type, stack.view());
  }
  ready(real_throw)(object, type, destroy);
  std::abort();  // it does not return
}

void picket_throw_traces_on_free(void* object) noexcept {
  table.forget(object);
  ready(real_free)(object);
}
