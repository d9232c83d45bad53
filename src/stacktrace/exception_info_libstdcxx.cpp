#include "stacktrace/exception_info.hpp"

#include <cstring>

namespace picket::stacktrace {

// libstdc++'s exception_ptr is one word, the address of the thrown object (since GCC 4.4, and part
// of its binary interface). `__do_catch` is the question that its personality routine asks when it
// looks for a handler, so the answer is the language's own; it moves the pointer to the base.
ThrownObject inspect(const std::exception_ptr& error) noexcept {
  static_assert(sizeof(std::exception_ptr) == sizeof(void*));
  if (!error) return {};
  void* object = nullptr;
  std::memcpy(&object, &error, sizeof(object));

  ThrownObject thrown{.type = error.__cxa_exception_type(), .object = object};
  constexpr unsigned kByReference = 1;  // the outermost level: no pointer has been looked through
  if (typeid(std::exception).__do_catch(thrown.type, &object, kByReference)) {
    thrown.as_std_exception = static_cast<const std::exception*>(object);
  }
  return thrown;
}

}  // namespace picket::stacktrace
