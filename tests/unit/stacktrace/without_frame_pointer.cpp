#include "stacktrace/unwind.hpp"

namespace picket::stacktrace {

void call_without_frame_pointer(Addresses& addresses, void (*next)(Addresses&));

void call_without_frame_pointer(Addresses& addresses, void (*next)(Addresses&)) {
  next(addresses);
  asm volatile("");
}

}  // namespace picket::stacktrace
