#include "json/number.hpp"

#include <charconv>
#include <cmath>

namespace picket::json {
namespace {

// From here on a double written without an exponent would be an integer that 64 bits may not hold,
// which strict readers refuse.
constexpr double kTwoTo63 = 9223372036854775808.0;

template <class T, class... Format>
void append_digits(Sink out, T value, Format... format) {
  char digits[32];  // the longest is -1.7976931348623157e+308 with 24 characters
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, format...);
  out.append(digits, end);
}

}  // namespace

void append_number(Sink out, std::int64_t value) { append_digits(out, value); }

void append_number(Sink out, std::uint64_t value, bool exact_integers) {
  const bool quoted = value > kMaxSafeInteger && !exact_integers;
  if (quoted) out += '"';
  append_digits(out, value);
  if (quoted) out += '"';
}

void append_number(Sink out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else if (value == 0 && std::signbit(value)) {
    out += "-0.0";  // without its fraction it would be the integer, which has no sign
  } else if (std::fabs(value) >= kTwoTo63) {
    append_digits(out, value, std::chars_format::scientific);
  } else {
    append_digits(out, value);
  }
}

}  // namespace picket::json
