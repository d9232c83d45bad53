#pragma once

// The rows of tests/golden/trace_headers/: headers that come with a request, what picket makes of
// them, and what it sends with the next request. README.md in tests/golden tells their shape. The
// test compares all of them; the probe answers rows of others, so that other makers' parsers can be
// compared with ours (tools/check/trace-headers).

#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket::tests {

/// The draw for which the rows hold.
inline constexpr double kRowDraw = 0.5;

/// What picket makes of the headers of `row`: its members `continued`, `told`, `outgoing`, `sent`.
Value answer(const Value& row, double draw = kRowDraw);

/// `{{f#=v,*3}}` becomes `f0=v,f1=v,f2=v,`: for headers that are too long to be written out.
std::string expanded(std::string_view text);

/// All rows of the folder.
std::vector<Value> golden_rows();

}  // namespace picket::tests
