// Tells whether the release that was compiled into this program is the expected one.

#include <cstdio>
#include <picket/picket.hpp>
#include <string_view>

extern "C" [[gnu::weak]] const char* picket_embedded_release() noexcept;

int main(int count, char** arguments) {
  const std::string_view expected = count > 1 ? arguments[1] : "";
  const char* const found = picket_embedded_release != nullptr ? picket_embedded_release() : "";
  std::printf("embedded: '%s'\n", found);
  return found == expected ? 0 : 1;
}
