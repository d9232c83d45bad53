#pragma once

// What the writers of `write.hpp` share: members that are left out when they are empty. For
// `write*.cpp` alone.

#include "json/writer.hpp"
#include "picket/value.hpp"
#include "protocol/write.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::protocol {

inline void member(json::Writer& writer, std::string_view name,
                   const std::optional<std::string>& text) {
  if (text) writer.member(name, *text);
}

inline void member(json::Writer& writer, std::string_view name, std::optional<bool> flag) {
  if (!flag) return;
  writer.key(name);
  writer.boolean(*flag);
}

inline void member(json::Writer& writer, std::string_view name,
                   std::optional<std::uint32_t> number) {
  if (!number) return;
  writer.key(name);
  writer.number(std::uint64_t{*number});
}

inline void member(json::Writer& writer, std::string_view name, const Object& object) {
  if (object.empty()) return;
  writer.key(name);
  writer.object(object);
}

inline void address_member(json::Writer& writer, std::string_view name, std::uint64_t address) {
  if (address == 0) return;
  writer.key(name);
  writer.hex_address(address);
}

/// `{"values":[…]}` under `name`, each by `write`.
template <class Values>
void values_member(json::Writer& writer, std::string_view name, const Values& values) {
  if (values.empty()) return;
  writer.key(name);
  writer.begin_object();
  writer.key("values");
  writer.begin_array();
  for (const auto& value : values) write(writer, value);
  writer.end_array();
  writer.end_object();
}

}  // namespace picket::protocol
