#pragma once

// Marks what belongs to picket's binary interface. Everything else in the library is hidden, so a
// host that links picket never meets a symbol of ours under a name of its own.

#if defined(_WIN32)
#define PICKET_EXPORT
#else
#define PICKET_EXPORT [[gnu::visibility("default")]]
#endif
