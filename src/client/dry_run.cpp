#include "client/dry_run.hpp"

#include "base/contain.hpp"
#include "json/writer.hpp"
#include "picket/envelope.hpp"
#include "picket/json.hpp"
#include "privacy/scrubber.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace picket::client {
namespace {

void append_line_start(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(2 * depth, ' ');
}

void append_pretty(std::string& out, const Value& value, std::size_t depth);

void append_element(std::string& out, const Member& member, std::size_t depth) {
  json::append_text(out, member.key);
  out += ": ";
  append_pretty(out, member.value, depth);
}

void append_element(std::string& out, const Value& element, std::size_t depth) {
  append_pretty(out, element, depth);
}

template <class Container>
void append_all(std::string& out, const Container& container, const char* brackets,
                std::size_t depth) {
  out += brackets[0];
  bool is_first = true;
  for (const auto& element : container) {
    if (!is_first) out += ',';
    is_first = false;
    append_line_start(out, depth + 1);
    append_element(out, element, depth + 1);
  }
  if (!is_first) append_line_start(out, depth);
  out += brackets[1];
}

// It was parsed before, and the reader refuses what nests too deep.
void append_pretty(std::string& out, const Value& value, std::size_t depth) {
  if (const Object* const object = value.as_object()) {
    append_all(out, *object, "{}", depth);
  } else if (const List* const list = value.as_list()) {
    append_all(out, *list, "[]", depth);
  } else {
    json::append_value(out, value, json::kNoLimits);
  }
}

LogSink sink_of(const Options& options) {
  if (options.logger) return options.logger;
  return [](Level level, std::string_view line) {
    const std::string text = fmt::format("[picket] {}: {}\n", to_text(level), line);
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
}

ScrubOptions always(ScrubOptions options) {
  options.enabled = true;
  options.texts = true;
  return options;
}

class DryRunTransport final : public Transport {
 public:
  explicit DryRunTransport(const Options& options)
      : sink_(sink_of(options)), scrubber_(always(options.scrub)) {}

  TransportResponse send(std::string_view bytes) override {
    base::contain([&] { print(bytes); });
    return {.status = 200};
  }

 private:
  void print(std::string_view bytes) {
    ++envelopes_;
    const auto envelope = Envelope::parse(bytes);
    if (!envelope) return say(fmt::format("dry run: envelope {} cannot be read", envelopes_));
    say(fmt::format("dry run: envelope {} would be sent", envelopes_));
    say_pretty(without_keys(envelope->headers));
    for (const EnvelopeItem& item : envelope->items) print(item);
  }

  void print(const EnvelopeItem& item) {
    say(fmt::format("dry run: item {}, {} bytes", item.type(), item.payload.size()));
    if (item.type() == "attachment") {
      say_pretty(item.headers);
    } else if (auto payload = parse_json(item.payload)) {
      say_pretty(*std::move(payload));
    }
  }

  static Object without_keys(Object headers) {
    Value* const trace = headers.find("trace");
    Object* const context = trace != nullptr ? trace->as_object() : nullptr;
    if (context != nullptr && context->contains("public_key")) {
      context->set("public_key", Value(privacy::kFiltered));
    }
    return headers;
  }

  void say_pretty(Value value) {
    scrubber_.scrub(value);
    std::string text;
    append_pretty(text, value, 0);
    say(text);
  }

  void say(std::string_view text) {
    while (true) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      sink_(Level::info, text.substr(0, end));
      if (end == text.size()) return;
      text.remove_prefix(end + 1);
    }
  }

  const LogSink sink_;
  const privacy::Scrubber scrubber_;
  std::uint64_t envelopes_ = 0;  // so far
};

}  // namespace

std::shared_ptr<Transport> make_dry_run_transport(const Options& options) {
  return std::make_shared<DryRunTransport>(options);
}

}  // namespace picket::client
