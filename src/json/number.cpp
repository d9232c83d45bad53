#include "json/number.hpp"

#include <charconv>
#include <cmath>

namespace picket::json {
namespace {

template <class T>
void append_digits(std::string& out, T value) {
  char digits[32];  // the longest is -1.7976931348623157e+308 with 24 characters
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

void append_number(std::string& out, std::int64_t value) { append_digits(out, value); }

void append_number(std::string& out, std::uint64_t value, bool exact_integers) {
  const bool quoted = value > kMaxSafeInteger && !exact_integers;
  if (quoted) out += '"';
  append_digits(out, value);
  if (quoted) out += '"';
}

void append_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_digits(out, value);
  } else {
    out += "null";
  }
}

}  // namespace picket::json
