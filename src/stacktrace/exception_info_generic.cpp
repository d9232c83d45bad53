#include "stacktrace/exception_info.hpp"

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

// For standard libraries that hide what is inside an exception_ptr. Throwing it again must not copy
// the object, as the Itanium ABI has it: the addresses found in the handlers stay valid. Pointers
// are the exception, a handler gets a copy of them; so a thrown text has a type here and no object.

namespace picket::stacktrace {
namespace {

const std::type_info* current_type() noexcept {
#if __has_include(<cxxabi.h>)
  return abi::__cxa_current_exception_type();
#else
  return nullptr;
#endif
}

template <class T>
ThrownObject value(const T& object) noexcept {
  return {.type = &typeid(T), .object = &object};
}

}  // namespace

ThrownObject inspect(const std::exception_ptr& error) noexcept {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& found) {
    return {&typeid(found), &found, dynamic_cast<const void*>(&found)};
  } catch (const std::string& found) {
    // A class derived from std::string comes here as well; it is told by its own type.
    const std::type_info* type = current_type();
    return {.type = type == nullptr ? &typeid(std::string) : type, .object = &found};
  } catch (const int& found) {
    return value(found);
  } catch (const long& found) {
    return value(found);
  } catch (const unsigned& found) {
    return value(found);
  } catch (const bool& found) {
    return value(found);
  } catch (const double& found) {
    return value(found);
  } catch (...) {
    return {.type = current_type()};
  }
}

}  // namespace picket::stacktrace
