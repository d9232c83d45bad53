#include "json/number.hpp"
#include "json/writer.hpp"
#include "picket/json.hpp"

#include <algorithm>

namespace picket::json {
namespace {

// Walks one value. A container beyond the depth limit is written aside by a walk without that
// limit and goes out as text; `kMaxValueDepth` ends every recursion.
class ValueWalk {
 public:
  ValueWalk(Sink out, const Limits& limits) noexcept : out_(out), limits_(limits) {}

  void write(const Value& value) {
    std::visit([this](const auto& held) { write_held(held); }, value.storage());
  }

  void write_held(const Object& object) {
    write_container(object, '{', '}', [this](const Member& member, bool is_first) {
      append_key(out_, member.key, !is_first);
      write(member.value);
    });
  }

 private:
  void write_held(std::monostate) { out_ += "null"; }
  void write_held(bool flag) { out_ += flag ? "true" : "false"; }
  void write_held(std::int64_t number) { append_number(out_, number); }
  void write_held(std::uint64_t number) { append_number(out_, number, limits_.exact_integers); }
  void write_held(double number) { append_number(out_, number); }
  void write_held(const std::string& text) { append_text(out_, text); }
  void write_held(const List& list) {
    write_container(list, '[', ']', [this](const Value& item, bool is_first) {
      if (!is_first) out_ += ',';
      write(item);
    });
  }

  template <class Container, class WriteItem>
  void write_container(const Container& container, char open, char close, WriteItem write_item) {
    if (depth_ >= kMaxValueDepth || (depth_ >= limits_.max_depth && out_.is_fixed())) {
      out_ += "null";
    } else if (depth_ >= limits_.max_depth) {
      write_as_text(container);
    } else {
      ++depth_;
      out_ += open;
      const std::size_t count = std::min(container.size(), limits_.max_breadth);
      const auto* item = std::to_address(container.begin());
      for (std::size_t i = 0; i < count; ++i, ++item) {
        write_item(*item, i == 0);
      }
      out_ += close;
      --depth_;
    }
  }

  template <class Container>
  void write_as_text(const Container& container) {
    Limits deep = limits_;
    deep.max_depth = kMaxValueDepth;
    std::string json;
    ValueWalk(json, deep).write_held(container);
    append_text(out_, json);
  }

  Sink out_;
  Limits limits_;
  std::size_t depth_ = 0;
};

}  // namespace

void append_value(Sink out, const Value& value, const Limits& limits) {
  ValueWalk(out, limits).write(value);
}

void append_object(Sink out, const Object& object, const Limits& limits) {
  ValueWalk(out, limits).write_held(object);
}

}  // namespace picket::json

namespace picket {

std::string to_json(const Value& value) {
  json::Limits limits = json::kNoLimits;
  limits.exact_integers = false;
  std::string text;
  json::append_value(text, value, limits);
  return text;
}

}  // namespace picket
