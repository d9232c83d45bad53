#include "crash/terminate_stack.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

namespace picket::crash {
namespace {

/// A function of the runtime that may stand between the host's code and our handler.
struct Marker {
  const void* start;
  const char* symbol;
  TerminateCause cause;
};

template <class Function>
const void* address_of(Function* function) noexcept {
  return reinterpret_cast<const void*>(function);
}

std::array<Marker, 9> markers() noexcept {
  using Cause = TerminateCause;
  using Rethrow = void(std::exception_ptr);
  return {
      {{address_of(&std::terminate), "_ZSt9terminatev", Cause::called},
       {address_of(&abi::__cxa_throw), "__cxa_throw", Cause::thrown},
       {address_of(&abi::__cxa_rethrow), "__cxa_rethrow", Cause::thrown},
       {address_of<Rethrow>(&std::rethrow_exception),
        "_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", Cause::thrown},
       {address_of(&_Unwind_RaiseException), "_Unwind_RaiseException", Cause::thrown},
       {address_of(&_Unwind_Resume), "_Unwind_Resume", Cause::thrown},
       {address_of(&_Unwind_ForcedUnwind), "_Unwind_ForcedUnwind", Cause::called},
       {address_of(&abi::__cxa_pure_virtual), "__cxa_pure_virtual", Cause::pure_virtual},
       {address_of(&abi::__cxa_deleted_virtual), "__cxa_deleted_virtual", Cause::deleted_virtual}}};
}

/// By address, which holds when the runtime is a part of the program, and by name: the address of
/// a function may be that of its stub in the program.
bool is_in(std::uintptr_t address, const Marker& marker) noexcept {
  void* const call = reinterpret_cast<void*>(address - 1);
  if (_Unwind_FindEnclosingFunction(call) == marker.start) return true;
  Dl_info info{};
  return dladdr(call, &info) != 0 && info.dli_sname != nullptr &&
         std::strcmp(info.dli_sname, marker.symbol) == 0;
}

}  // namespace

TerminateCause cut_runtime_frames(stacktrace::Addresses& addresses) noexcept {
  constexpr std::size_t kDeepest = 16;  // frames of the runtime, and ours
  const auto all = markers();
  std::size_t cut = 0;
  TerminateCause cause = TerminateCause::called;
  for (std::size_t i = 0; i < std::min(addresses.size, kDeepest); ++i) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Marker& marker) {
      return is_in(addresses.values[i], marker);
    });
    if (found == all.end()) continue;
    cut = i + 1;
    if (cause == TerminateCause::called) cause = found->cause;
  }
  addresses.size -= cut;
  std::memmove(addresses.values.data(), addresses.values.data() + cut,
               addresses.size * sizeof(addresses.values[0]));
  return cause;
}

[[gnu::noinline]] void take_terminate_stack(TerminateStack& stack) noexcept {
  stacktrace::unwind(stack.addresses, 1);
  stack.cause = cut_runtime_frames(stack.addresses);
}

}  // namespace picket::crash
