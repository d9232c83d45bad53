// Typed attributes of logs, metrics and streamed spans, P5.2.

#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace picket::ingest {
namespace {

bool fits_integer(const Value& value) { return std::abs(value.number_or(0)) < 0x1p63; }

bool is_scalar_of(const Value& value, std::string_view type) {
  if (type == "string") return value.as_text() != nullptr;
  if (type == "boolean") return value.as_bool() != nullptr;
  if (type == "integer") return Node(value).integer().has_value();
  return value.is_number();
}

// One type for all elements; whole numbers among fractions are fractions too.
bool is_uniform(const List& list) {
  const std::string_view types[] = {"string", "boolean", "double"};
  return std::any_of(std::begin(types), std::end(types), [&](std::string_view type) {
    return std::all_of(list.begin(), list.end(),
                       [&](const Value& value) { return is_scalar_of(value, type); });
  });
}

bool has_type(const Value& value, std::string_view type) {
  const List* list = value.as_list();
  if (type == "array") return list != nullptr;
  if (type.substr(type.size() - 1) != "]") return is_scalar_of(value, type);
  type.remove_suffix(2);
  return list != nullptr && std::all_of(list->begin(), list->end(), [&](const Value& element) {
           return is_scalar_of(element, type);
         });
}

void check_value(const Node& value, std::string_view type, Findings& findings) {
  const Value plain = value.value();
  if (!has_type(plain, type)) return findings.warn(value, fmt::format("is not of type {}", type));
  if (type == "integer" && !fits_integer(plain)) {
    findings.warn(value, "is not a signed 64-bit integer, such numbers are sent as strings");
  }
  if (type == "array" && !is_uniform(*plain.as_list())) {
    findings.warn(value, "has elements of several types");
  }
}

}  // namespace

void check_typed_attributes(const Node& attributes, Findings& findings) {
  const std::set<std::string_view> types = {"string",    "boolean",  "integer",
                                            "double",    "array",    "string[]",
                                            "integer[]", "double[]", "boolean[]"};
  if (!attributes) return;
  if (!attributes.object()) return findings.reject(attributes, "is not an object");
  for (const Member& member : *attributes.object()) {
    const Node attribute = attributes[member.key];
    const std::string_view type = attribute["type"].text_or("");
    if (member.key.empty()) findings.warn(attribute, "has no name, it will be dropped");
    if (types.count(type) == 0) {
      findings.warn(attribute["type"], "is not an attribute type, the attribute will be dropped");
    } else {
      check_value(attribute["value"], type, findings);
    }
  }
}

}  // namespace picket::ingest
