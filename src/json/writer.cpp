#include "json/writer.hpp"

#include "json/number.hpp"

#include <charconv>

namespace picket::json {

bool Writer::separate() {
  if (depth_ > kMaxDepth) return false;
  if (after_key_) {
    after_key_ = false;
  } else if (is_comma_due()) {
    out_ += ',';
  }
  return true;
}

bool Writer::is_comma_due() noexcept {
  if (depth_ == 0) return false;
  const std::uint64_t level = std::uint64_t{1} << (depth_ - 1);
  const bool is_due = (has_members_ & level) != 0;
  has_members_ |= level;
  return is_due;
}

void Writer::begin(char bracket) {
  if (separate()) {
    if (depth_ == kMaxDepth) {
      out_ += "null";
    } else {
      out_ += bracket;
      has_members_ &= ~(std::uint64_t{1} << depth_);
    }
  }
  ++depth_;
}

void Writer::end(char bracket) {
  if (depth_ == 0) return;
  if (depth_ <= kMaxDepth) out_ += bracket;
  --depth_;
}

void Writer::begin_object() { begin('{'); }
void Writer::end_object() { end('}'); }
void Writer::begin_array() { begin('['); }
void Writer::end_array() { end(']'); }

void Writer::key(std::string_view name) {
  if (depth_ > kMaxDepth) return;
  append_key(out_, name, !after_key_ && is_comma_due());
  after_key_ = true;
}

void Writer::null() { raw("null"); }
void Writer::boolean(bool flag) { raw(flag ? "true" : "false"); }

void Writer::number(std::int64_t value) {
  if (separate()) append_number(out_, value);
}

void Writer::number(std::uint64_t value) {
  if (separate()) append_number(out_, value, false);
}

void Writer::number(double value) {
  if (separate()) append_number(out_, value);
}

void Writer::text(std::string_view value) {
  if (separate()) append_text(out_, value);
}

void Writer::hex_address(std::uint64_t address) {
  if (!separate()) return;
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, address, 16);
  out_ += "\"0x";
  out_.append(digits, end);
  out_ += '"';
}

void Writer::value(const Value& value, const Limits& limits) {
  if (separate()) append_value(out_, value, limits);
}

void Writer::object(const Object& object, const Limits& limits) {
  if (separate()) append_object(out_, object, limits);
}

void Writer::raw(std::string_view json) {
  if (separate()) out_ += json;
}

}  // namespace picket::json
