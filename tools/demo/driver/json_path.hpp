#pragma once

// Facts of a JSON document as text, so that what is expected and what was seen can stand side by
// side in a table.

#include "picket/value.hpp"

#include <string>
#include <string_view>

namespace demo {

/// The value at `path`, or null. Steps are separated by `/`, because keys may hold dots; in a list
/// a step is an index, negative ones count from the end: `exception/values/-1/type`.
const picket::Value& value_at(const picket::Value& document, std::string_view path);

/// The same as text: texts as they are, all else as JSON, `absent` when there is no such thing.
std::string text_at(const picket::Value& document, std::string_view path);

/// The length of the list or object at `path`; 0 for anything else.
std::size_t size_at(const picket::Value& document, std::string_view path);

}  // namespace demo
