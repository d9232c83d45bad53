#pragma once

// The thread sanitizer ends the child of a process with threads as soon as the child starts one of
// its own: it still counts those that are gone. The address sanitizer of gcc 12 does not free its
// allocator's locks in a child: a fork while other threads allocate hangs there, inside of it.
// Tests of such children go without them.

namespace picket::tests {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kForkedThreadsWork = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kForkedThreadsWork = false;
#else
inline constexpr bool kForkedThreadsWork = true;
#endif
#else
inline constexpr bool kForkedThreadsWork = true;
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kForksAmongAllocationsWork = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kForksAmongAllocationsWork = false;
#else
inline constexpr bool kForksAmongAllocationsWork = kForkedThreadsWork;
#endif
#else
inline constexpr bool kForksAmongAllocationsWork = kForkedThreadsWork;
#endif

}  // namespace picket::tests
