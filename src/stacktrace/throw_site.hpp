#pragma once

// Where an exception was thrown. Nothing in an exception object tells that, so somebody has to look
// at the throw; `picket::throw_traces` does, for programs that link it, and lends its answers
// through this door. Without it every question here is answered with no.

#include "picket/export.hpp"
#include "stacktrace/exception_info.hpp"
#include "stacktrace/unwind.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <typeinfo>

namespace picket::stacktrace {

/// Writes the return addresses at the throw of the exception object at `object`, newest first, and
/// tells how many; 0 when its throw was not seen.
/// Threads: any, signal handlers too; neither waits nor allocates.
using FindThrowSite = std::size_t (*)(const void* object, const std::type_info& type,
                                      std::span<std::uintptr_t> addresses) noexcept;

/// Says whom to ask from now on; null: nobody. Exported, as the one who sees throws lives in the
/// program's own file.
/// Threads: any, also before main.
PICKET_EXPORT void lend_throw_sites(FindThrowSite find) noexcept;

/// Whether there is somebody to ask.
[[nodiscard]] bool knows_throw_sites() noexcept;

/// Fills `addresses` with the stack at the throw of an exception that is alive. `object` is where
/// its most derived object begins, as `inspect` and `dynamic_cast<const void*>` tell it.
/// Errors:  false, and no addresses, when it is not known.
/// Threads: any, terminate and signal handlers too; neither waits nor allocates.
/// Spec:    P7.9.
bool find_throw_site(const void* object, const std::type_info& type, Addresses& addresses) noexcept;
bool find_throw_site(const std::exception_ptr& error, Addresses& addresses) noexcept;

}  // namespace picket::stacktrace
