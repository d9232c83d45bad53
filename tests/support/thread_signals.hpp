#pragma once

// The thread sanitizer keeps a signal back until its thread calls something that the sanitizer
// knows. So a thread that waits does not tell its stack in time; tests of such stacks go without.

namespace picket::tests {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadsTellStacks = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kThreadsTellStacks = false;
#else
inline constexpr bool kThreadsTellStacks = true;
#endif
#else
inline constexpr bool kThreadsTellStacks = true;
#endif

}  // namespace picket::tests
