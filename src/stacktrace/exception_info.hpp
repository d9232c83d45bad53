#pragma once

// What can be learned about a captured exception from its `std::exception_ptr` alone. The capture
// path asks for the type and the text; where the standard library allows it (libstdc++) nothing is
// thrown again for that, which would cost microseconds for each question. The other way is in
// `exception_info_generic.cpp`; CMake picks one of the two.

#include <exception>
#include <string>
#include <typeinfo>

namespace picket::stacktrace {

/// The object inside an exception pointer.
/// Lifetime: valid while an `std::exception_ptr` to the object lives.
struct ThrownObject {
  const std::type_info* type = nullptr;              // null: an empty pointer, or not to be known
  const std::exception* as_std_exception = nullptr;  // as `catch (const std::exception&)` sees it
  const void* object = nullptr;                      // null: not to be known
};

/// Finds what `error` points to. A class counts as an `std::exception` exactly when a handler for
/// that would catch it: also through virtual or further bases, not through private or ambiguous
/// ones.
/// Threads: any.
/// Spec: S4.7.
ThrownObject inspect(const std::exception_ptr& error) noexcept;

/// The text for people: `what()`, or the value of a thrown number, bool or string; empty otherwise,
/// and for a null `what()` or a null text.
/// Errors: throws what the copy of the text throws.
std::string describe_value(const ThrownObject& thrown);

}  // namespace picket::stacktrace
