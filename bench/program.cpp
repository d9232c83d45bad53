// A program that does nothing, built with picket and without, to see what picket adds.

#ifdef PICKET_BENCH_WITH_PICKET
#include "picket/picket.hpp"

#include <exception>

int main() {
  const auto guard = picket::init({.release = "shop@1.4.0"});
  picket::set_tag("region", "eu");
  try {
    picket::capture_message("hello");
  } catch (const std::exception& error) {
    picket::capture_exception(error);
  }
  const auto transaction = picket::start_transaction({.op = "command", .name = "ban_user"});
  return 0;
}
#else
int main() { return 0; }
#endif
