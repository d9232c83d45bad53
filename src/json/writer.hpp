#pragma once

// `Writer` streams compact JSON into a buffer that the caller owns, a string or one of a fixed
// size: one pass, no DOM, commas and colons placed by itself. It never fails: invalid UTF-8 becomes
// U+FFFD, NaN and infinities become null, nesting beyond `kMaxDepth` becomes null. The event
// serialiser (`protocol/write.hpp`) and the crash path use it; reading is `json/reader.hpp`.

#include "json/sink.hpp"
#include "picket/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace picket::json {

/// How far nested user data goes out as structure. Spec: P7.11.
struct Limits {
  std::size_t max_depth = 7;      // deeper containers become their JSON text
  std::size_t max_breadth = 100;  // further members of a container are left out
  bool exact_integers = false;    // unsigned numbers above 2^53-1 stay numbers
};

/// Nothing is cut and no number changes its kind: for what must read back as it was.
inline constexpr Limits kNoLimits{~std::size_t{0}, ~std::size_t{0}, true};

class Writer {
 public:
  static constexpr std::size_t kMaxDepth = 64;

  /// Appends to `out`, a string or a `FixedBuffer`. A copy of the writer remembers how far it was.
  /// Into a fixed buffer nothing is allocated: there containers below the depth limit are null.
  /// Lifetime: `out` outlives the writer.
  explicit Writer(Sink out) noexcept : out_(out) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  void key(std::string_view name);  // inside an object, before each value

  void null();
  void boolean(bool flag);
  void number(std::int64_t value);
  void number(std::uint64_t value);  // above 2^53-1 written as text; Spec: P0.3
  void number(double value);         // shortest text that reads back the same
  template <Integer T>
  void number(T value) {
    if constexpr (std::is_signed_v<T>) {
      number(static_cast<std::int64_t>(value));
    } else {
      number(static_cast<std::uint64_t>(value));
    }
  }
  void text(std::string_view value);
  void hex_address(std::uint64_t address);  // "0x1a2b"; Spec: P3.12

  /// A whole value, within `limits`; a container handed in is at depth 1.
  void value(const Value& value, const Limits& limits = {});
  void object(const Object& object, const Limits& limits = {});

  /// JSON that is already valid; not looked at.
  void raw(std::string_view json);

  /// `key` and value, left out when the text is empty.
  void member(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    key(name);
    text(value);
  }

 private:
  bool separate();               // writes the comma that is due; false where nothing may be written
  bool is_comma_due() noexcept;  // asked once for each member
  void begin(char bracket);
  void end(char bracket);

  Sink out_;
  std::uint64_t has_members_ = 0;  // one bit per level: a comma is due
  std::size_t depth_ = 0;          // goes on counting beyond `kMaxDepth`, where all is silent
  bool after_key_ = false;
};

/// Appends `text` as a JSON string with its quotes.
void append_text(Sink out, std::string_view text);

/// Appends a comma if one is due, `name` as a JSON string, and its colon.
void append_key(Sink out, std::string_view name, bool after_comma);

/// Appends `value` within `limits`. Containers below `kMaxValueDepth` become null.
void append_value(Sink out, const Value& value, const Limits& limits = {});
void append_object(Sink out, const Object& object, const Limits& limits = {});

/// As deep as the reader reads; it keeps our recursion within any stack.
inline constexpr std::size_t kMaxValueDepth = 512;

}  // namespace picket::json
