#pragma once

// The thread sanitizer ends the child of a process with threads as soon as the child starts one of
// its own: it still counts those that are gone. Tests of such children go without it.

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

}  // namespace picket::tests
