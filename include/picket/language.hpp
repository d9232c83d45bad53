#pragma once

// What the host's compiler was told to leave out. picket itself is always built with exceptions and
// run-time types; a host may go without, and what its code cannot do then is left out of picket's
// templates: there is nothing to catch, and no type to ask for. The functions stay the same.

/// `PICKET_TRY { … } PICKET_CATCH_ALL { … PICKET_RETHROW; }`. Without exceptions the handler is
/// never reached.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define PICKET_HAS_EXCEPTIONS 1
#define PICKET_TRY try
#define PICKET_CATCH_ALL catch (...)
#define PICKET_RETHROW throw
#else
#define PICKET_HAS_EXCEPTIONS 0
#define PICKET_TRY if constexpr (true)
#define PICKET_CATCH_ALL else
#define PICKET_RETHROW static_cast<void>(0)
#endif

#if defined(__cpp_rtti) || defined(__GXX_RTTI)
#define PICKET_HAS_RTTI 1
#else
#define PICKET_HAS_RTTI 0
#endif
