#include "protocol/write_metric.hpp"

#include "picket/json.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <variant>

namespace picket::protocol {
namespace {

constexpr auto kMaxInteger = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::string_view to_text(Metric::Type type) noexcept {
  switch (type) {
    case Metric::Type::counter:
      return "counter";
    case Metric::Type::gauge:
      return "gauge";
    case Metric::Type::distribution:
      break;
  }
  return "distribution";
}

bool is_finite(const Value& value) noexcept {
  const double* const number = value.as_double();
  return number == nullptr || std::isfinite(*number);
}

bool is_scalar(const Value& value) noexcept {
  return !value.is_null() && value.as_list() == nullptr && value.as_object() == nullptr &&
         value.as_uint() == nullptr && is_finite(value);
}

bool is_array(const List& list) noexcept {
  return !list.empty() && std::all_of(list.begin(), list.end(), [&](const Value& item) {
    return is_scalar(item) && item.storage().index() == list.front().storage().index();
  });
}

struct WriteTyped {
  json::Writer& writer;

  void operator()(std::monostate) const {}
  void operator()(bool flag) const {
    writer.boolean(flag);
    type("boolean");
  }
  void operator()(std::int64_t number) const {
    writer.number(number);
    type("integer");
  }
  void operator()(std::uint64_t number) const {
    if (number > kMaxInteger) return (*this)(std::to_string(number));
    (*this)(static_cast<std::int64_t>(number));
  }
  void operator()(double number) const {
    writer.number(number);
    type("double");
  }
  void operator()(const std::string& text) const {
    writer.text(text);
    type("string");
  }
  void operator()(const List& list) const {
    if (!is_array(list)) return (*this)(to_json(Value(list)));
    writer.value(Value(list));
    type("array");
  }
  void operator()(const Object& object) const { (*this)(to_json(Value(object))); }

 private:
  void type(std::string_view name) const { writer.member("type", name); }
};

}  // namespace

void write_attributes(json::Writer& writer, const Object& attributes) {
  writer.begin_object();
  for (const Member& member : attributes) {
    if (member.key.empty() || member.value.is_null() || !is_finite(member.value)) continue;
    writer.key(member.key);
    writer.begin_object();
    writer.key("value");
    std::visit(WriteTyped{writer}, member.value.storage());
    writer.end_object();
  }
  writer.end_object();
}

void write(json::Writer& writer, const Metric& metric) {
  writer.begin_object();
  writer.key("timestamp");
  writer.number(std::chrono::duration<double>(metric.timestamp.time_since_epoch()).count());
  writer.member("trace_id", metric.trace_id);
  writer.member("span_id", metric.span_id);
  writer.member("type", to_text(metric.type));
  writer.member("name", metric.name);
  writer.key("value");
  writer.number(metric.value);
  if (metric.type != Metric::Type::counter) writer.member("unit", metric.unit);
  if (!metric.attributes.empty()) {
    writer.key("attributes");
    write_attributes(writer, metric.attributes);
  }
  writer.end_object();
}

void write_container(std::string& out, std::string_view records) {
  json::Writer writer(out);
  writer.begin_object();
  writer.key("version");
  writer.number(2);
  writer.key("items");
  writer.begin_array();
  writer.raw(records);
  writer.end_array();
  writer.end_object();
}

}  // namespace picket::protocol
