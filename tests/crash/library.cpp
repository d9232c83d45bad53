// A library and a plugin of the host, each with a fault of its own.

extern "C" [[gnu::noinline, gnu::visibility("default")]] void PICKET_CRASH_FUNCTION() {
  int* volatile nowhere = nullptr;
  *nowhere = 1;
}
