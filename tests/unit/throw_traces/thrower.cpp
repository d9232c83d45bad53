// A library that knows nothing of picket.

#include <stdexcept>

[[gnu::visibility("default")]] void throw_from_library();

void throw_from_library() { throw std::runtime_error("from a library"); }
