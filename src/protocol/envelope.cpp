#include "picket/envelope.hpp"

#include "json/writer.hpp"
#include "picket/json.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace picket {
namespace {

Error fault(std::string where, std::string_view what) {
  return {Errc::invalid_envelope, std::move(where.append(": ").append(what))};
}

// Reads an envelope from front to back; every step moves on, so the work is linear in its bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : bytes_(bytes) {}

  Result<Envelope> read() {
    if (bytes_.empty()) return fault("envelope header", "the input is empty");
    Result<Object> headers = read_headers("envelope header");
    if (!headers) return headers.error();
    Envelope envelope{.headers = *std::move(headers)};
    while (skip_line_feed() && !bytes_.empty()) {
      Result<EnvelopeItem> item = read_item(envelope.items.size());
      if (!item) return item.error();
      envelope.items.push_back(*std::move(item));
    }
    return envelope;
  }

 private:
  Result<EnvelopeItem> read_item(std::size_t number) {
    const std::string where = "item " + std::to_string(number);
    Result<Object> headers = read_headers(where + " header");
    if (!headers) return headers.error();
    const Value* const type = headers->find("type");
    if (type == nullptr || type->as_text() == nullptr) {
      return fault(where + " header", "it has no type");
    }
    skip_line_feed();  // or the end of input, where the payload is empty

    const Value* const length = headers->find("length");
    if (length == nullptr) return EnvelopeItem{*std::move(headers), std::string(take_line())};
    const std::optional<std::uint64_t> size = non_negative(*length);
    if (!size) return fault(where + " header", "its length is not a non-negative integer");
    if (*size > bytes_.size()) return fault(where, "the input ends before its length is reached");
    const std::string_view payload = take(static_cast<std::size_t>(*size));
    if (!bytes_.empty() && bytes_.front() != '\n') {
      return fault(where, "its payload goes on after its length");
    }
    return EnvelopeItem{*std::move(headers), std::string(payload)};
  }

  Result<Object> read_headers(std::string where) {
    const std::string_view line = take_line();
    // The grammar allows no white space around the object, a carriage return included.
    if (line.empty() || line.front() != '{' || line.back() != '}') {
      return fault(std::move(where), "it is not one line with a JSON object");
    }
    Result<Value> parsed = parse_json(line);
    if (!parsed) return fault(std::move(where), parsed.error().message);
    return std::move(*parsed->as_object());
  }

  static std::optional<std::uint64_t> non_negative(const Value& length) noexcept {
    if (const std::uint64_t* const size = length.as_uint()) return *size;
    const std::int64_t* const size = length.as_int();
    if (size == nullptr || *size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*size);
  }

  std::string_view take(std::size_t size) noexcept {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view take_line() noexcept { return take(bytes_.find('\n')); }

  bool skip_line_feed() noexcept { return !take(1).empty(); }  // nothing else can stand here

  std::string_view bytes_;  // what is still to be read
};

// `length` keeps its place, else it follows `type`, so that a reader meets both first.
void write_headers(std::string& out, const EnvelopeItem& item) {
  json::Writer writer(out);
  const auto write_length = [&] {
    writer.key("length");
    writer.number(static_cast<std::int64_t>(item.payload.size()));
  };
  bool is_length_due = !item.headers.contains("length");
  writer.begin_object();
  for (const Member& member : item.headers) {
    if (member.key == "length") {
      write_length();
      continue;
    }
    writer.key(member.key);
    writer.value(member.value, json::kNoLimits);
    if (is_length_due && member.key == "type") {
      write_length();
      is_length_due = false;
    }
  }
  if (is_length_due) write_length();
  writer.end_object();
}

}  // namespace

std::string_view EnvelopeItem::type() const noexcept {
  const Value* const type = headers.find("type");
  return type != nullptr ? type->text_or({}) : std::string_view();
}

Result<Envelope> Envelope::parse(std::string_view bytes) { return Reader(bytes).read(); }

std::string Envelope::to_bytes() const {
  std::string bytes;
  json::append_object(bytes, headers, json::kNoLimits);
  bytes += '\n';
  for (const EnvelopeItem& item : items) {
    write_headers(bytes, item);
    bytes.append(1, '\n').append(item.payload).append(1, '\n');
  }
  return bytes;
}

const EnvelopeItem* Envelope::find(std::string_view type) const noexcept {
  for (const EnvelopeItem& item : items) {
    if (item.type() == type) return &item;
  }
  return nullptr;
}

}  // namespace picket
