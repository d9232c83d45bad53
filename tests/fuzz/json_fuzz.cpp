// JSON that is read is written so that it reads back the same. What the writer makes of bytes that
// were never JSON is for json_writer_fuzz.cpp.

#include "fuzz.hpp"

#include "json/reader.hpp"
#include "json/writer.hpp"

using picket::fuzz::require;

namespace {

void check_value(const picket::Value& value) {
  std::string json;
  picket::json::append_value(json, value, picket::json::kNoLimits);
  const auto again = picket::parse_json(json);
  require(again.has_value(), "what is written can be read");
  require(*again == value, "a value survives");

  std::string limited;
  picket::json::append_value(limited, value, {.max_depth = 2, .max_breadth = 3});
  require(picket::parse_json(limited).has_value(), "limits leave valid JSON");
  require(picket::parse_json(picket::to_json(value)).has_value(), "the public form is valid");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::as_text(data, size);
  const auto value = picket::parse_json(text);
  if (value) {
    check_value(*value);
  } else {
    require(value.error().code == picket::Errc::invalid_json, "the code is stable");
  }
  return 0;
}
