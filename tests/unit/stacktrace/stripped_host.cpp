// A host that prints the frames of a stack of its own, and the images. The test runs it stripped.
//
//   stripped_host [debug directory]

#include "stacktrace/symbolizer.hpp"
#include "stacktrace/unwind.hpp"

#include <cstdio>

#ifdef PICKET_TEST_OTHER_BUILD
int other_build = 1;  // NOLINT: gives it another build id
#endif

namespace shop {

using picket::stacktrace::Addresses;

void charge(Addresses& addresses);
void serve(Addresses& addresses);

namespace {
[[gnu::noinline]] void checkout(Addresses& addresses) {
  charge(addresses);
  asm volatile("");
}
}  // namespace

[[gnu::noinline]] void charge(Addresses& addresses) {
  picket::stacktrace::unwind(addresses);  // the line that the test knows: 29
  asm volatile("");
}

[[gnu::noinline]] void serve(Addresses& addresses) {
  checkout(addresses);
  asm volatile("");
}

}  // namespace shop

int main(int argc, char** argv) {
  picket::stacktrace::Addresses addresses;
  shop::serve(addresses);
  picket::stacktrace::SymbolizerOptions options;
  if (argc > 1) options.debug_directories.emplace_back(argv[1]);
  picket::stacktrace::Symbolizer symbolizer(options);
  const picket::Stacktrace stacktrace = symbolizer.name(addresses.view());
  for (const picket::Frame& frame : stacktrace.frames) {
    std::printf("frame %s %s:%u\n", frame.function.c_str(), frame.filename.c_str(), frame.lineno);
  }
  const picket::Stacktrace* const all[] = {&stacktrace};
  for (const picket::DebugImage& image : symbolizer.images_of(all)) {
    std::printf("image %s %s\n", image.code_id.c_str(), image.code_file.c_str());
  }
  return 0;
}
